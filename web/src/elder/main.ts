// The elder's own screen on the night table: one red key, one green key, and who is coming.
import { createApp } from 'vue'
import '../shared/theme/tokens.css'
import './elder.css'
import { makeI18n } from '../shared/i18n'
import App from './App.vue'
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'
import { keepPage } from './keep'
import { takePairing } from './pairing'

takePairing(location, history, localStorage)
createApp(App).use(makeI18n({ 'zh-CN': zh, en })).mount('#app')
void keepPage()
