// What reaches somebody who is looking elsewhere: the number on the tab's icon, and a notification while the tab is hidden.
import { useEventListener } from '@vueuse/core'
import { ref, watch } from 'vue'
import { useWords } from '../shared/i18n/words'
import { useLive } from '../shared/live/useLive'
import { isUnowned } from './queue'

/** Cases older than this are no news when they come into sight. */
const NEWS_MS = 120_000

export function useBadges(choose: (id: string) => void) {
  const { t, word } = useWords()
  const live = useLive()
  const permission = ref(typeof Notification === 'undefined' ? 'denied' : Notification.permission)
  const told = new Set<string>()
  const shown = new Map<string, Notification>()

  async function ask() {
    if (typeof Notification !== 'undefined') permission.value = await Notification.requestPermission()
  }

  watch(() => live.cases, cases => {
    for (const it of cases.values()) {
      const isNews = !told.has(it.id) && live.now - Date.parse(it.opened_at) < NEWS_MS
      told.add(it.id)
      if (isNews && document.hidden && permission.value === 'granted' && it.lane !== 'technical') tell(it.id)
    }
    for (const [id, note] of shown) {
      const it = cases.get(id)
      if (it && !it.taken_by && isUnowned(it)) continue
      note.close()
      shown.delete(id)
    }
    icon([...cases.values()].filter(it => !it.drill && isUnowned(it)).length)
  })

  /** Lies on a locked screen too: what and where roughly, nobody's name. */
  function tell(id: string) {
    const it = live.cases.get(id)
    if (!it) return
    const note = new Notification(`${it.drill ? `${t('practice.mark')} · ` : ''}${word('severity', it.severity)} · ${word('kind', it.kind)}`, { tag: id, body: `${it.area_name ?? it.area_code} · #${it.number.slice(-4)}`, requireInteraction: it.severity === 'critical' })
    note.onclick = () => {
      window.focus()
      choose(id)
      note.close()
    }
    shown.set(id, note)
  }
  useEventListener(document, 'visibilitychange', () => {
    if (document.hidden) return
    for (const note of shown.values()) note.close()
    shown.clear()
  })

  let drawn = -1
  function icon(count: number) {
    if (count === drawn) return
    drawn = count
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 32
    const pen = canvas.getContext('2d')
    const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (!pen || !link) return
    pen.fillStyle = count ? '#b3261e' : '#0b5cad'
    pen.beginPath()
    pen.roundRect(0, 0, 32, 32, 8)
    pen.fill()
    pen.fillStyle = '#ffffff'
    pen.font = '700 21px sans-serif'
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    if (count) pen.fillText(count > 99 ? '99' : String(count), 16, 17)
    else pen.fill(new Path2D('M16 6 27 15.500V26H5V15.500z'))
    link.href = canvas.toDataURL('image/png')
  }
  icon(0)
  return { permission, ask }
}
