import { afterEach, describe, expect, it, vi } from 'vitest'
import { asText, isWaiting, lastAt, linesOf, paperOf } from '@/console/scene'
import { setZone } from '@/shared/time/zone'

afterEach(() => setZone(null))
const HTML = '<!doctype html><html><head><title>x</title><style>body{font:14pt sans-serif}td{border:1px solid #000}</style></head><body><h1>处警单</h1><table><tr><th scope="row">地址</th><td>泉州路 &lt;9&gt; 号</td></tr><tr><th>姓名</th><td>王</td></tr></table><h2>交接</h2><table><tr><th>签字</th><td>&nbsp;</td></tr></table></body></html>'

describe('the sheet of a case', () => {
  it('is read out line by line, in its order, and without the part that is signed', () => {
    expect(linesOf(HTML)).toEqual([{ name: '地址', text: '泉州路 <9> 号' }, { name: '姓名', text: '王' }])
    expect(asText(linesOf(HTML), '：')).toBe('地址：泉州路 <9> 号\n姓名：王')
  })
  it('brings no look of its own: the policy of the page lets none in', () => {
    const seen: string[] = []
    const parse = DOMParser.prototype.parseFromString
    vi.spyOn(DOMParser.prototype, 'parseFromString').mockImplementation(function (this: DOMParser, text, type) {
      seen.push(String(text))
      return parse.call(this, text, type)
    })
    linesOf(HTML)
    paperOf(HTML)
    expect(seen).toHaveLength(2)
    expect(seen.join()).not.toContain('<style')
  })
  it('goes to the printer with the part that is signed', () => {
    expect(paperOf(HTML).map(it => it.nodeName)).toEqual(['H1', 'TABLE', 'H2', 'TABLE'])
  })
})

describe('a hand-over', () => {
  const at = '2026-03-01T08:00:00Z'
  it.each([[{}, true], [{ acknowledged_at: at }, false], [{ waived_at: at }, false]] as const)('%o is waited for: %s', (more, waits) => {
    expect(isWaiting({ id: 'r', to: '120', at, ...more })).toBe(waits)
  })
  it('was acknowledged at the last time the street’s clocks showed that hour', () => {
    setZone(480)
    const now = Date.parse('2026-03-01T08:00:00Z') // 16:00 there
    expect(lastAt('15:59', now)).toBe('2026-03-01T07:59:00.000Z')
    expect(lastAt('16:00', now)).toBe('2026-03-01T08:00:00.000Z')
    expect(lastAt('16:01', now)).toBe('2026-02-28T08:01:00.000Z')
    for (const wrong of ['', '25:00', '12:60', 'noon']) expect(lastAt(wrong, now)).toBeNull()
  })
})
