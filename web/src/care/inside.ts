// What lies behind the door: the pages, and what goes on whichever is open.
import { createRouter, createWebHistory } from 'vue-router'
import 'vant/es/style/base.css'
import App from './App.vue'
import Home from './views/Home.vue'

/** Fetched as soon as the first page stands: a yes must not wait for a script. */
const task = () => import('./views/Task.vue')
const me = () => import('./views/Me.vue')
const history = () => import('./views/History.vue')
const rota = () => import('./views/Rota.vue')
const visits = () => import('./views/Visits.vue')

export const router = createRouter({
  history: createWebHistory('/care/'),
  routes: [
    { path: '/', name: 'home', component: Home },
    { path: '/task/:id', name: 'task', component: task },
    { path: '/me', name: 'me', component: me },
    { path: '/history', name: 'history', component: history },
    { path: '/visits', name: 'visits', component: visits },
    { path: '/rota', name: 'rota', component: rota },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (to, from) => (to.fullPath === from.fullPath ? false : { top: 0 }), // a sheet that was closed moves nothing
})
void router.isReady().then(() => Promise.all([task(), me()])).catch(() => {})

export { App }
