// Light, dark, or as the system says; kept on this machine.
import { computed, ref, watchEffect } from 'vue'

export type Theme = 'auto' | 'light' | 'dark'
const KEPT = 'ecd.theme'

const chosen = ref<Theme>(read())
const system = matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(system.matches)
system.addEventListener('change', it => { systemDark.value = it.matches })
const dark = computed(() => chosen.value === 'dark' || (chosen.value === 'auto' && systemDark.value))

function read(): Theme {
  const kept = localStorage.getItem(KEPT)
  return kept === 'light' || kept === 'dark' ? kept : 'auto'
}

watchEffect(() => { document.documentElement.classList.toggle('dark', dark.value) })

export function useTheme() {
  function choose(it: Theme) {
    chosen.value = it
    localStorage.setItem(KEPT, it)
  }
  return { chosen, dark, choose }
}
