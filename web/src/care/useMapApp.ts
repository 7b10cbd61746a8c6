// Which map somebody has on the phone; asked once, remembered.
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { useI18n } from 'vue-i18n'
import { useMe } from './useMe'
import { usePlace } from './usePlace'
import { type MapApp, type Mode, type Place, wayTo } from './way'

export const useMapApp = defineStore('mapApp', () => {
  const app = useLocalStorage<MapApp | ''>('ecd.care.map', '')
  const { t } = useI18n()
  const me = useMe()
  const place = usePlace()
  const href = (to: Place, which: MapApp) => wayTo(which, to, (me.me?.mode ?? 'walk') as Mode, t('way.label'), place.fix ?? undefined)
  return { app, href }
})
