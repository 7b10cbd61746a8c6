// The dispatcher's console.
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '../shared/theme/tokens.css'
import '../shared/theme/element.css'
import { makeI18n } from '../shared/i18n'
import App from './App.vue'
import Desk from './views/Desk.vue'
import Seat from './views/Seat.vue'
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'

const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    {
      path: '/', component: Seat, children: [
        { path: '', name: 'desk', component: Desk },
        { path: 'case/:id', name: 'case', component: Desk },
        { path: 'replay/:id?', name: 'replay', component: () => import('./views/Replay.vue') },
        { path: 'district', name: 'district', component: () => import('./later').then(it => it.District) },
        { path: 'services/:id?', name: 'services', component: () => import('./later').then(it => it.Services) },
      ],
    },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

const i18n = makeI18n({ 'zh-CN': zh, en })
// Words of the service that only a desk meets stand beside those that every page has.
i18n.global.mergeLocaleMessage('zh-CN', { words: zh.deskWords })
i18n.global.mergeLocaleMessage('en', { words: en.deskWords })

createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
