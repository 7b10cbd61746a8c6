// The board on the wall: figures of a street, for everybody in the room.
import { createApp } from 'vue'
import '../shared/theme/tokens.css'
import './wall.css'
import { takeToken } from '../shared/api/linkToken'
import { makeI18n } from '../shared/i18n'
import { useTheme } from '../shared/theme/theme'
import App from './App.vue'
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'

// Out of the address before anything else looks at it: it must stand in no history and no photograph of the wall.
const token = takeToken(location, history)
// A new link opened over the board differs behind the `#` alone: without a new start nobody would read it.
addEventListener('hashchange', () => location.reload())
const theme = useTheme()
// A wall that glares lights the room up at night; whoever wants it light chooses so.
if (theme.chosen.value === 'auto') theme.choose('dark')
createApp(App, { token }).use(makeI18n({ 'zh-CN': zh, en })).mount('#app')
