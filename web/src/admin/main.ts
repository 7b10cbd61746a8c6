// The office's pages: what the service stands on, seen from a desk with time.
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '../shared/theme/tokens.css'
import '../shared/theme/element.css'
import { makeI18n } from '../shared/i18n'
import App from './App.vue'
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'
import { PAGES } from './pages'

const router = createRouter({
  history: createWebHistory('/admin/'),
  routes: [
    { path: '/', redirect: '/service' },
    ...PAGES.map(it => ({ path: `/${it.name}`, name: it.name, component: it.component })),
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

createApp(App).use(createPinia()).use(makeI18n({ 'zh-CN': zh, en })).use(router).mount('#app')
