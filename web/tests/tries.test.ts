import { createPinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type App, createApp, nextTick } from 'vue'
import { makeI18n } from '@/shared/i18n'
import { isWaited, lastOf, RECEIPT_WITHIN_MS, said, type Try } from '@/shared/tries'
import WayTries from '@/shared/ui/WayTries.vue'

const at = (second: number) => new Date(Date.parse('2026-11-28T00:00:00Z') + second * 1_000).toISOString()
const one = (id: string, channel: string, state: string, second: number, why?: string): Try => ({ id, channel, state, at: at(second), why })

describe('the tries of one’s own ways', () => {
  it('are those that went out together last, each browser and telephone of its own', () => {
    const all = [one('d', 'web_push', 'taken', 401), one('c', 'voice', 'handed', 400), one('b', 'web_push', 'received', 401), one('a', 'sms', 'failed', 0)]
    expect(lastOf(all).map(it => it.id)).toEqual(['c', 'b', 'd'])
    expect(lastOf([])).toEqual([])
  })
  it('are looked at again while a receipt may come, and no longer', () => {
    const now = (second: number) => Date.parse(at(second))
    for (const [state, waits] of [['handed', true], ['taken', true], ['received', false], ['failed', false]] as const) {
      expect(isWaited([one('a', 'sms', state, 0)], now(10)), state).toBe(waits)
    }
    expect(isWaited([one('a', 'sms', 'taken', 0)], now(RECEIPT_WITHIN_MS / 1_000))).toBe(false)
  })
  it('say by what, how it stands, and why not', () => {
    const table: [Try, ReturnType<typeof said>][] = [
      [one('a', 'voice:second', 'received', 0), { way: 'voice', state: 'received' }],
      [one('a', 'sms', 'failed', 0, 'quota: 1 a minute to one'), { way: 'sms', state: 'failed', why: 'quota', own: 'quota: 1 a minute to one' }],
      [one('a', 'sms', 'failed', 0, 'isv.BUSINESS'), { way: 'sms', state: 'failed', why: undefined, own: 'isv.BUSINESS' }],
      [one('a', 'email', 'failed', 0), { way: 'email', state: 'failed', why: undefined, own: undefined }],
      [one('a', 'sms', 'of tomorrow', 0), { way: 'sms', state: 'handed' }],
    ]
    for (const [it, wanted] of table) expect(said(it)).toEqual(wanted)
  })
})

describe('the key that tries them', () => {
  let app: App | undefined
  afterEach(() => app?.unmount())

  /** The screen on a service that gives these answers to GET and POST. */
  async function screen(language: 'zh-CN' | 'en', list: Try[], answer: () => Response): Promise<{ host: HTMLElement, asked: string[] }> {
    const asked: string[] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      asked.push(request.method)
      return request.method === 'POST' ? answer() : Response.json({ items: list })
    })
    localStorage.setItem('ecd.language', language)
    app = createApp(WayTries, { now: () => Date.parse(at(5)) })
    app.use(createPinia()).use(makeI18n({ 'zh-CN': {}, 'en': {} }))
    const host = document.createElement('div')
    app.mount(host)
    await vi.waitFor(() => expect(asked).toContain('GET'))
    await nextTick()
    return { host, asked }
  }
  const press = (host: HTMLElement) => host.querySelector<HTMLButtonElement>('[data-test=try-ways]')?.click()
  const problem = (status: number, code: string) => Response.json({ code, title: code, status }, { status })

  it('shows by which way something has arrived and why not, in both languages', async () => {
    const sent = [one('a', 'voice', 'received', 0), one('b', 'sms', 'failed', 1, 'quota: 1 a minute to one'), one('c', 'web_push', 'taken', 1)]
    for (const [language, words] of [['zh-CN', ['电话已送达', '短信没有送达：额度已用完', '推送已发出，尚无回执']], ['en', ['callarrived', 'text messagedid not arrive: its quota was used up', 'notificationsent, no receipt yet']]] as const) {
      const { host } = await screen(language, [], () => Response.json({ items: sent }))
      expect(host.querySelectorAll('li')).toHaveLength(0)
      press(host)
      await vi.waitFor(() => expect(host.querySelectorAll('li')).toHaveLength(3))
      const lines = [...host.querySelectorAll('li')].map(it => it.textContent ?? '')
      for (const word of words) expect(lines.some(it => it.startsWith(word)), `${word} in ${lines}`).toBe(true)
      app?.unmount()
      app = undefined
    }
  })
  it('says what stands in the way', async () => {
    const table: [() => Response, RegExp][] = [
      [() => problem(429, 'try_too_soon'), /一分钟只能试一次/], [() => problem(409, 'no_carriers'), /没有配置对外的通知途径/], [() => Response.json({ items: [] }), /没有一条途径/],
    ]
    for (const [answer, said] of table) {
      const { host } = await screen('zh-CN', [], answer)
      press(host)
      await vi.waitFor(() => expect(host.querySelector('[role=alert]')?.textContent).toMatch(said))
      app?.unmount()
      app = undefined
    }
  })
})
