// The ticks of the cases in hand; they outlive the page and go with the case. Nothing of the elder is in them.
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'

export const useChecklist = defineStore('checklist', () => {
  const all = useLocalStorage<Record<string, string[]>>('ecd.care.checklists', {})
  const of = (caseId: string) => all.value[caseId] ?? []
  function tick(caseId: string, item: string, on: boolean) {
    const now = of(caseId).filter(it => it !== item)
    all.value = { ...all.value, [caseId]: on ? [...now, item] : now }
  }
  function wipe(but: readonly string[]) {
    if (Object.keys(all.value).some(id => !but.includes(id))) all.value = Object.fromEntries(Object.entries(all.value).filter(([id]) => but.includes(id)))
  }
  return { of, tick, wipe }
})
