// One key, one act. Nothing happens while somebody types, in a dialog (but for what is said while one calls), or with Ctrl, Alt or Meta; each key can be another one,
// and all can be switched off (WCAG 2.1.4).
import { useEventListener } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref } from 'vue'

export const DEFAULT_KEYS = {
  next: 'j', previous: 'k', tab: 't', take: 'a', dispatch: 'd', escalate: 'e', callBack: 'c', fine: 'y', needsHelp: 'h', noAnswer: 'o', unclear: 'u', refer: 'r', note: 'n', falseAlarm: 'f',
  close: 'x', undo: 'z', mute: 'm', search: '/', help: '?',
} as const
export type Act = keyof typeof DEFAULT_KEYS
export type Keys = Record<Act, string>
const KEPT = 'ecd.keys'

export const useKeySettings = defineStore('keys', () => {
  const kept = read()
  const keys = ref<Keys>({ ...DEFAULT_KEYS, ...kept.keys })
  const on = ref(kept.on)

  function save() {
    localStorage.setItem(KEPT, JSON.stringify({ keys: keys.value, on: on.value }))
  }
  function set(act: Act, key: string): Act | null {
    const other = (Object.keys(keys.value) as Act[]).find(it => it !== act && keys.value[it] === key)
    if (other || /^[1-9]$/.test(key)) return other ?? 'dispatch'
    keys.value = { ...keys.value, [act]: key }
    save()
    return null
  }
  function reset() {
    keys.value = { ...DEFAULT_KEYS }
    save()
  }
  function turn(it: boolean) {
    on.value = it
    save()
  }
  return { keys, on, set, reset, turn }
})

function read(): { keys: Partial<Keys>, on: boolean } {
  try {
    const it = JSON.parse(localStorage.getItem(KEPT) ?? '{}')
    return { keys: it.keys ?? {}, on: it.on !== false }
  } catch {
    return { keys: {}, on: true }
  }
}

/** Whether what has the focus takes letters. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.closest('input, textarea, select, [role="combobox"], [role="textbox"]') !== null
}

export function useKeys(acts: Record<Act, () => void>, nth: (n: number) => void, blocked: (act: Act | 'nth') => boolean) {
  const settings = useKeySettings()
  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat && !/^[jk]$/i.test(event.key)) return
    if (!settings.on || isTyping(event.target) || event.isComposing) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    if (/^[1-9]$/.test(key)) {
      if (blocked('nth')) return
      event.preventDefault()
      nth(Number(key))
      return
    }
    const act = (Object.keys(settings.keys) as Act[]).find(it => settings.keys[it] === key)
    if (!act || blocked(act)) return
    event.preventDefault()
    acts[act]()
  })
}
