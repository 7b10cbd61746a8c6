// The family's page: what happened, who is coming, when.
import { createApp } from 'vue'
import '../shared/theme/tokens.css'
import './family.css'
import { makeI18n } from '../shared/i18n'
import App from './App.vue'
import { applySize } from './size'
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'
import { takeToken } from '../shared/api/linkToken'

// Out of the address before anything else looks at it: it must stand in no history and no screenshot.
const token = takeToken(location, history)
applySize()
createApp(App, { token }).use(makeI18n({ 'zh-CN': zh, en })).mount('#app')
