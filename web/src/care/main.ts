// The client of whoever goes: one hand, a phone, perhaps no network.
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import '../shared/theme/tokens.css'
import 'vant/es/style/base.css'
import './care.css'
import { keepOnDevice } from '../shared/api/session'
import { makeI18n } from '../shared/i18n'
import App from './App.vue'
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'
import Home from './views/Home.vue'

/** Fetched as soon as the first page stands: a yes must not wait for a script. */
const task = () => import('./views/Task.vue')
const me = () => import('./views/Me.vue')
const history = () => import('./views/History.vue')

function start() {
  keepOnDevice()
  const router = createRouter({
    history: createWebHistory('/care/'),
    routes: [
      { path: '/', name: 'home', component: Home },
      { path: '/task/:id', name: 'task', component: task },
      { path: '/me', name: 'me', component: me },
      { path: '/history', name: 'history', component: history },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
    scrollBehavior: (to, from) => (to.fullPath === from.fullPath ? false : { top: 0 }) // a sheet that was closed moves nothing,
  })
  createApp(App).use(createPinia()).use(makeI18n({ 'zh-CN': zh, en })).use(router).mount('#app')
  void router.isReady().then(() => Promise.all([task(), me()])).catch(() => {})
}

// A service worker keeps what lies below its own folder: from `/care` without the stroke the page would never open offline.
if (location.pathname === '/care') location.replace(`/care/${location.search}${location.hash}`)
else start()
