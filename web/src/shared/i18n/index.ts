// Two languages, complete in both. What only one client says is in that client's own files.
import { markRaw } from 'vue'
import { createI18n } from 'vue-i18n'
import en from './en.json'
import zh from './zh-CN.json'

export const LANGUAGES = { 'zh-CN': '中文', en: 'English' } as const
export type Language = keyof typeof LANGUAGES
const KEPT = 'ecd.language'

function first(): Language {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'zh-CN' || kept === 'en') return kept
  return navigator.language.startsWith('zh') ? 'zh-CN' : 'en'
}

export type Messages = { [key: string]: string | Messages }

/** A client may have problems that no other can meet. */
function joined(all: Messages & { problem: Messages }, own: Messages) {
  return { ...all, ...own, problem: { ...all.problem, ...own.problem as Messages | undefined } }
}

export function makeI18n(own: Record<Language, Messages>) {
  const i18n = createI18n({
    legacy: false,
    locale: first(),
    fallbackLocale: 'en',
    missingWarn: import.meta.env.DEV,
    fallbackWarn: false,
    // What changes is the language and not its words: nothing need watch a thousand of them.
    messages: { 'zh-CN': markRaw(joined(zh, own['zh-CN'])), en: markRaw(joined(en, own.en)) },
  })
  document.documentElement.lang = i18n.global.locale.value
  return i18n
}

/** Whether somebody has chosen a language on this device. */
export const hasChosen = () => localStorage.getItem(KEPT) !== null

export function speak(i18n: { global: { locale: { value: string } } }, language: Language) {
  i18n.global.locale.value = language
  document.documentElement.lang = language
  localStorage.setItem(KEPT, language)
}
