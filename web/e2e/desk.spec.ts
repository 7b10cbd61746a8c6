// The console on a real street, second part: clocks, the map's marks, who is sent in spite of something, tones, rows that stand closer,
// and people of one name.
import type { Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { isInside } from '../src/shared/map/inside'
import { expect, inFull, order, row, shot, signIn, test } from './kit'
import type { CaseView } from './street'

test.use({ testIdAttribute: 'data-test' })

/** `12:30`, `+0:07`, `1:02:05` as seconds; what is over is negative. */
const secondsOf = (text: string | null) => {
  const parts = /(\+?)(?:(\d+):)?(\d+):(\d+)/.exec(text ?? '')
  if (!parts) return NaN
  const s = Number(parts[2] ?? 0) * 3_600 + Number(parts[3]) * 60 + Number(parts[4])
  return parts[1] ? -s : s
}
/** The seconds of the clock on the screen, of the day. */
const clockOf = async (text: Promise<string | null>) => ((await text) ?? '').split(':').reduce((sum, part) => sum * 60 + Number.parseInt(part), 0)

test.describe('C2: countdowns and tiers', () => {
  test('a countdown goes by the clock of the service, whatever the machine says, and ten seconds later shows ten less', async ({ page, street, wrongs: _ }) => {
    await street.clear()
    await page.clock.install({ time: Date.now() + 3_600_000 })
    await signIn(page, street)
    const it = await street.ring('sos')
    const left = async () => secondsOf(await row(page, it.id).getByTestId('countdown').locator('b').textContent())
    const truth = () => (Date.parse(it.door_by ?? '') - Date.now()) / 1_000
    await expect.poll(async () => Math.abs(await left() - truth())).toBeLessThan(2.5)
    const first = await left()
    await expect.poll(left, { timeout: 30_000 }).toBeLessThanOrEqual(first - 10)
    expect(Math.abs(await left() - truth())).toBeLessThan(2.5)
  })

  test('a tier that nobody answers gives way to the next by itself, and the row says so', async ({ desk, street }) => {
    test.setTimeout(200_000)
    // Whose plan goes up soonest.
    const { items } = await street.get<{ items: { id: string }[] }>('/api/v1/elders?need=high_risk&limit=500')
    const device = street.logins.devices.find(d => items.some(e => e.id === d.elder_id))
    const it = device ? await street.ringOf(device, 'sos') : await street.ring('sos')
    const next = it.tier === 'home' ? '社区网格' : '街道'
    expect(it.tier).not.toBe('street')
    await expect(row(desk, it.id).locator('.steps')).toHaveAttribute('aria-label', it.tier === 'home' ? '家庭' : '社区网格')
    await expect(row(desk, it.id).locator('.steps')).toHaveAttribute('aria-label', next, { timeout: 150_000 })
    const log = await street.get<{ items: { type: string, by: { type: string } }[] }>(`/api/v1/cases/${it.id}/events?limit=500`)
    expect(log.items.filter(e => e.type === 'tier_raised').map(e => e.by.type)).toContain('system')
  })
})

test.describe('with its map', () => {
  test.use({ map: true })

  test('C3: those who stand at one point are named in a list, and an old position is hatched', async ({ page, street, wrongs: _ }) => {
    await street.clear()
    const it = await street.ring('sos')
    // Without the bounds of a town the case stands in the middle of the map.
    await page.route('**/api/v1/map', async route => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...await answer.json() as object, bounds: null } })
    })
    const names: string[] = []
    await page.route('**/api/v1/responders?*', async route => {
      const answer = await inFull(route)
      const found = await answer.json() as { items: { id: string, name: string, on_duty: boolean, position?: object }[] }
      // The page asks for those at work and for everybody, each in an order of its own: the same three in both.
      const atWork = found.items.filter(one => one.on_duty).sort((a, b) => a.id.localeCompare(b.id))
      // Nobody else stands anywhere: what the demo said of them grows old while the page is drawn.
      for (const who of found.items) delete who.position
      for (const [n, who] of atWork.slice(0, 3).entries()) {
        names[n] = who.name
        who.position = { lat: it.place?.lat, lon: (it.place?.lon ?? 0) + 0.003, at: new Date(Date.now() - (n ? 0 : 90_000)).toISOString(), fresh: true }
      }
      await route.fulfill({ response: answer, json: found })
    })
    await signIn(page, street)
    await row(page, it.id).click()
    const map = page.getByTestId('map')
    await expect(map).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
    await expect(map).toHaveAttribute('data-hatched', '1')
    await expect(map).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
    const box = await map.boundingBox()
    if (!box) throw new Error('no map')
    // 0.003 degrees at the zoom of a case that was chosen.
    const aside = 0.003 / (360 / (512 * 2 ** 13.8))
    await expect(async () => {
      await page.mouse.move(box.x + box.width / 2 + aside, box.y + box.height / 2 + Math.random())
      await expect(page.getByTestId('people-card')).toContainText('3', { timeout: 1_000 })
    }).toPass({ timeout: 30_000 })
    for (const name of names) await expect(page.getByTestId('people-card')).toContainText(name)
    // A touch keeps it where no pointer hovers.
    await page.mouse.down()
    await page.mouse.up()
    await page.mouse.move(box.x + 20, box.y + box.height - 60)
    await expect(page.getByTestId('people-card')).toBeVisible()
  })

  test('C4: by foot, e-bike or car the circle is that of the mode, holds who is near by road and not who is far, and counts who is free', async ({ desk, street }) => {
    const it = await street.ring('sos')
    await row(desk, it.id).click()
    const map = desk.getByTestId('map')
    await expect(map).toHaveAttribute('data-circle', '3', { timeout: 60_000 })
    const inside = async () => Number(/\d+/.exec(await desk.getByTestId('inside').innerText())?.[0] ?? NaN)
    const counts: number[] = []
    for (const [mode, name] of [['walk', '步行'], ['ebike', '电动车'], ['car', '汽车']] as const) {
      const radio = desk.getByTestId('map').getByRole('radio', { name })
      if (await radio.getAttribute('aria-checked') !== 'true') {
        const answered = desk.waitForResponse(r => r.url().includes(`mode=${mode}`) && r.url().includes('/circles'))
        await radio.click()
        await answered
      }
      await expect(radio).toHaveAttribute('aria-checked', 'true')
      await expect(map).toHaveAttribute('data-mode', mode)
      counts.push(await inside())
    }
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    expect(counts[2]).toBeGreaterThan(counts[0] ?? 0)
    // The polygon against the ways to people, as the service reckons both.
    const at = { lat: it.place?.lat ?? 0, lon: it.place?.lon ?? 0 }
    const circle = await street.get<{ features: { geometry: Parameters<typeof isInside>[1], properties: { minutes: number } }[] }>(`/api/v1/circles?lat=${at.lat}&lon=${at.lon}&crs=wgs84&mode=walk`)
    const widest = circle.features.find(f => f.properties.minutes === 15)
    if (!widest) throw new Error('no circle')
    const { reached } = await street.post<{ reached: { responder_id: string, seconds: number, estimated: boolean }[] }>('/api/v1/reach', { ...at, crs: 'wgs84', minutes: 60, mode: 'walk' })
    const people = (await street.get<{ items: { id: string, position?: { lat: number, lon: number, fresh: boolean }, base?: { lat: number, lon: number } }[] }>('/api/v1/responders?limit=500')).items
    const judged = reached.filter(r => !r.estimated).flatMap(r => {
      const who = people.find(p => p.id === r.responder_id)
      const spot = who?.position?.fresh ? who.position : who?.base ?? who?.position
      return spot ? [{ seconds: r.seconds, inside: isInside(spot, widest.geometry) }] : []
    })
    expect(judged.filter(j => j.seconds < 12 * 60).length).toBeGreaterThan(0)
    expect(judged.filter(j => j.seconds < 12 * 60 && !j.inside)).toEqual([])
    expect(judged.filter(j => j.seconds > 20 * 60 && j.inside)).toEqual([])
  })

  test('C12: homes out of reach are hatched while the layer is on, and not otherwise', async ({ desk, street }) => {
    await street.ring('sos')
    const map = desk.getByTestId('map')
    await expect(map).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
    await expect(desk.getByTestId('cover')).toHaveAttribute('data-uncovered', /\d/)
    // Whether a home of this street is out of reach is the hour's matter: here one is.
    await desk.route('**/api/v1/coverage', async route => {
      const answer = await inFull(route)
      const found = await answer.json() as { cells: { features: object[] }, uncovered: number }
      const ring = [[117.05, 39.38], [117.06, 39.38], [117.06, 39.39], [117.05, 39.38]]
      found.cells.features = [...found.cells.features, { type: 'Feature', properties: { homes: 1 }, geometry: { type: 'Polygon', coordinates: [ring] } }]
      await route.fulfill({ response: answer, json: { ...found, uncovered: found.uncovered + 1 } })
    })
    await street.duty('grid1', false)
    await expect(map).not.toHaveAttribute('data-cells', /[1-9]/)
    await desk.getByTestId('cover').click()
    await expect(map).toHaveAttribute('data-cells', /[1-9]/, { timeout: 20_000 })
    await desk.getByTestId('cover').click()
    await expect(map).toHaveAttribute('data-cells', '0')
    await street.duty('grid1', true)
  })
})

test('C5: who is on another case is sent only after a second word, and "why" says what speaks for each', async ({ desk, street }) => {
  const me = street.login('carer1').responder_id
  await street.duty('carer1', true)
  const one = await street.ringFor('carer1', 'fall')
  await row(desk, one.id).click()
  const offered = (await street.get<CaseView>(`/api/v1/cases/${one.id}`)).offers
  const said = offered.filter(o => o.reasons.some(why => /^(responsible|key_holder|first_aid|lives)/.test(why)))
  for (const o of said) await expect(desk.getByTestId('candidates').locator(`[data-responder="${o.responder_id}"] .why`)).not.toBeEmpty()
  await street.post(`/api/v1/cases/${one.id}/assign`, { responder_id: me, eta_s: 300 })
  await desk.route('**/api/v1/reach', route => route.fulfill({ json: { reached: [{ responder_id: me, mode: 'ebike', seconds: 60, meters: 250, estimated: false }] } }))
  // Over the list the pointer would hold it.
  await desk.mouse.move(700, 500)
  const two = await street.ring('sos')
  await row(desk, two.id).click()
  const sent: string[] = []
  desk.on('request', r => { if (r.method() === 'POST' && r.url().endsWith('/assign')) sent.push(r.url()) })
  const other = desk.getByTestId('candidates').locator(`[data-responder="${me}"]`)
  await expect(other).toContainText('手上案件 1')
  await other.locator('.send').click()
  await expect(desk.getByRole('dialog')).toContainText(/另|其他|手上|案件/)
  expect(sent).toEqual([])
  await desk.getByRole('dialog').getByRole('button', { name: '取消' }).click()
  await expect(desk.getByRole('dialog')).toBeHidden()
  expect(sent).toEqual([])
  await other.locator('.send').click()
  await desk.getByTestId('busy-yes').click()
  await expect.poll(() => sent.length).toBe(1)
})

test('a position that nobody ever told is no fault of who has not set out; of who has, it is', async ({ desk, street }) => {
  const it = await street.ring('sos')
  const { items } = await street.get<{ items: { id: string, kind: string, on_duty: boolean, position?: object, base?: object }[] }>('/api/v1/responders?limit=500')
  const who = items.find(p => p.on_duty && p.base && !p.position && p.kind !== 'family')
  if (!who) throw new Error('everybody of this street has told a position')
  await row(desk, it.id).click()
  await street.post(`/api/v1/cases/${it.id}/assign`, { responder_id: who.id, eta_s: 300 })
  const age = desk.getByTestId('coming').locator(`[data-responder="${who.id}"]`).getByTestId('fix-age')
  await expect(age).toContainText('按驻点估时')
  await expect(age).not.toHaveClass(/old/)
})

test('C11: what was sealed and shown goes by itself after two minutes', async ({ page, street, wrongs: _ }) => {
  await street.clear()
  await page.clock.install()
  await signIn(page, street)
  const it = await street.ring('sos')
  await row(page, it.id).click()
  await page.getByRole('tab', { name: '老人' }).click()
  await page.getByTestId('reveal').click()
  await expect(page.getByTestId('hide')).toBeVisible()
  await page.clock.fastForward('01:50')
  await expect(page.getByTestId('hide')).toBeVisible()
  await page.clock.fastForward('00:15')
  await expect(page.getByTestId('hide')).toBeHidden()
  await expect(page.getByTestId('contact-phones')).toHaveCount(0)
})

test.describe('C8: tones', () => {
  test('each severity has a tone of its own, again and again until somebody takes the case; it is said aloud without a name', async ({ page, street, wrongs: _ }) => {
    await street.clear()
    await page.addInitScript(() => {
      localStorage.setItem('ecd.speaks', 'true')
      const made: number[] = []
      const spoken: string[] = []
      Object.assign(window, { made, spoken })
      const start = OscillatorNode.prototype.start
      OscillatorNode.prototype.start = function (at) { made.push(this.frequency.value); start.call(this, at) }
      speechSynthesis.speak = it => { spoken.push(it.text) }
    })
    await signIn(page, street)
    const made = () => page.evaluate(() => (window as unknown as { made: number[] }).made.splice(0))
    const ringing = page.getByTestId('sound')
    const heard: Record<string, string> = {}
    for (const [kind, severity] of [['inactivity', 'urgent'], ['sos', 'critical']] as const) {
      const it = await street.ring(kind)
      // What is not critical rings at the desk once the street owns it.
      for (let now = it; !now.tone && now.tier !== 'street'; now = await street.get<CaseView>(`/api/v1/cases/${it.id}`)) await street.post(`/api/v1/cases/${it.id}/escalate`, {})
      await page.mouse.move(700, 500)
      await expect(ringing).toHaveAttribute('data-ringing', severity)
      const all: number[] = []
      // More than one round: it does not stop by itself.
      await expect.poll(async () => all.push(...await made()), { timeout: 20_000 }).toBeGreaterThan(severity === 'critical' ? 9 : 3)
      heard[severity] = [...new Set(all)].sort().join()
      await row(page, it.id).click()
      await page.keyboard.press('a')
      await expect(ringing).not.toHaveAttribute('data-ringing', /.+/)
      await made()
      const clock = () => clockOf(page.locator('header.top .clock time').textContent())
      const taken = await clock()
      await expect.poll(async () => (await clock() - taken + 86_400) % 86_400, { timeout: 20_000 }).toBeGreaterThan(severity === 'critical' ? 3 : 5)
      expect(await made(), 'after it was taken').toEqual([])
      const spoken = await page.evaluate(() => (window as unknown as { spoken: string[] }).spoken.join())
      expect(spoken).toContain(kind === 'sos' ? '呼救' : '无活动')
      expect(spoken).not.toContain(it.elder?.name)
    }
    expect(heard.urgent).not.toBe(heard.critical)
  })
})

test.describe('C13: the strip at the top', () => {
  for (const language of ['zh-CN', 'en'] as const) {
    test(`says at 1440 pixels how old the last word is, in one line, ${language}`, async ({ page, street, context }) => {
      await street.clear()
      await page.addInitScript(it => { localStorage.setItem('ecd.language', it) }, language)
      await signIn(page, street)
      const age = page.getByTestId('link-age')
      await expect(age).toBeVisible()
      await expect(age).toHaveText(/^[0-4] /)
      const strip = await page.locator('header.top').boundingBox()
      expect(strip?.height).toBeLessThanOrEqual(60)
      expect(await page.locator('header.top').evaluate(it => it.scrollWidth - it.clientWidth)).toBeLessThanOrEqual(0)
      for (const one of [age, page.getByTestId('zone')]) {
        const box = await one.boundingBox()
        expect((box?.y ?? 0) + (box?.height ?? 99)).toBeLessThanOrEqual((strip?.y ?? 0) + (strip?.height ?? 0))
      }
      await context.setOffline(true)
      await expect(page.getByTestId('link-bar')).toContainText(/\d+/)
      await context.setOffline(false)
    })
  }

  test.describe('at a machine of another zone', () => {
    test.use({ timezoneId: 'Asia/Kolkata' })
    test('the clock is the street’s, and says so', async ({ desk }) => {
      await expect(desk.getByTestId('zone')).toHaveText('UTC+8')
      const shown = async () => {
        const said = /(\d\d):(\d\d):\d\d/.exec(await desk.locator('.clock time').innerText())
        const now = new Date(Date.now() + 8 * 3_600_000)
        return (now.getUTCHours() * 60 + now.getUTCMinutes() - Number(said?.[1]) * 60 - Number(said?.[2]) + 1_440) % 1_440
      }
      await expect.poll(shown).toBeLessThanOrEqual(1)
    })
  })
})

test.describe('C18: rows that stand closer', () => {
  const heights = (desk: Page) => desk.getByTestId('row').evaluateAll(all => [...new Set(all.map(it => Math.round(it.getBoundingClientRect().height)))])
  test('are chosen by a key, kept for this account and no other, cut nothing off, and leave the row on top where it was', async ({ page, street, wrongs: _ }) => {
    test.setTimeout(150_000)
    await street.clear()
    const cases: CaseView[] = []
    for (let n = 0; n < 24; n += 1) cases.push(await street.ring((['sos', 'fall', 'inactivity', 'low_battery'] as const)[n % 4] ?? 'sos'))
    await signIn(page, street)
    await expect(page.getByTestId('row').first()).toBeVisible()
    expect(await heights(page)).toEqual([106])
    const top = async () => {
      const edge = (await page.getByTestId('rows').boundingBox())?.y ?? 0
      const ids = await order(page)
      for (const id of ids) if (((await row(page, id).boundingBox())?.y ?? -1) >= edge - 1) return id
      return ''
    }
    await page.getByTestId('rows').evaluate(it => { it.scrollTop = 106 * 6 })
    await page.getByTestId('rows').hover()
    await expect.poll(top).not.toBe('')
    const before = await top()
    await page.getByTestId('density').click()
    await expect.poll(() => heights(page)).toEqual([62])
    await expect.poll(top).toBe(before)
    await expect(page.getByTestId('density')).toHaveAttribute('aria-pressed', 'true')
    // Every line stands whole within its row.
    const cut = await page.getByTestId('row').evaluateAll(all => all.flatMap(one => {
      const box = one.getBoundingClientRect()
      return [...one.querySelectorAll('span, b, small')].filter(it => {
        const own = it.getBoundingClientRect()
        return own.width > 0 && it.textContent?.trim() && (own.top < box.top - 0.5 || own.bottom > box.bottom + 0.5)
      }).map(it => `${it.className}: ${it.textContent}`)
    }))
    expect(cut).toEqual([])
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await shot(page, 'desk-compact-zh-CN-light')
    await page.reload()
    await expect.poll(() => heights(page)).toEqual([62])
    await page.getByTestId('account').click()
    await page.getByTestId('sign-out').click()
    await signIn(page, street, 'desk2')
    await expect(page.getByTestId('row').first()).toBeVisible()
    expect(await heights(page)).toEqual([106])
  })
})

test('two elders of one name are told apart in every list: by age and door', async ({ page, street, wrongs: _ }) => {
  await street.clear()
  await page.routeWebSocket(/\/api\/v1\/live/, socket => {
    const service = socket.connectToServer()
    service.onMessage(text => {
      const frame = JSON.parse(String(text)) as { case?: CaseView, cases?: CaseView[] }
      for (const it of [...(frame.cases ?? []), ...(frame.case ? [frame.case] : [])]) if (it.elder) it.elder.name = '王秀英'
      socket.send(JSON.stringify(frame))
    })
  })
  await signIn(page, street)
  const both = [await street.ring('sos'), await street.ring('sos')]
  for (const it of both) {
    const where = row(page, it.id).getByTestId('row-where')
    const door = (it.elder?.address ?? '').replace(/^.*?街道/, '')
    await expect(where).toContainText(door)
    // All of it, and not the beginning that both share.
    expect(await where.evaluate(e => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0)
    await expect(row(page, it.id)).toContainText(`${it.elder?.age} 岁`)
  }
  const [one, two] = both
  expect(await row(page, one?.id ?? '').innerText()).not.toBe(await row(page, two?.id ?? '').innerText())
})

test('the register is asked for who is at work, and for all of it only now and then', async ({ desk, street }) => {
  await street.ring('sos')
  const asked: string[] = []
  const answered: number[] = []
  desk.on('request', r => { if (new URL(r.url()).pathname === '/api/v1/responders') asked.push(new URL(r.url()).searchParams.get('on_duty') ?? 'all') })
  desk.on('response', r => { if (new URL(r.url()).pathname === '/api/v1/responders') answered.push(r.status()) })
  await expect.poll(() => asked.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(5)
  // Nobody has moved: the page has it already, and is told no more than that.
  expect(answered.filter(it => it === 200).length, String(answered)).toBeLessThanOrEqual(2)
  expect(answered.slice(-2)).toEqual([304, 304])
  expect(asked.filter(it => it === 'all').length).toBeLessThanOrEqual(1)
  // Who goes off duty is no longer counted all the same.
  const duty = desk.getByTestId('figures')
  const figure = async () => Number(/在岗\s*(\d+)/.exec(await duty.innerText())?.[1] ?? NaN)
  const before = await figure()
  await street.duty('grid1', false)
  await expect.poll(figure, { timeout: 15_000 }).toBe(before - 1)
  await street.duty('grid1', true)
  await expect.poll(figure, { timeout: 15_000 }).toBe(before)
})

test('a word left in the search hides no critical call that nobody leads', async ({ desk, street }) => {
  await desk.keyboard.press('/')
  await desk.keyboard.type('查无此人')
  const it = await street.ring('sos')
  // A hand is still in the list: it is held, and says what waits.
  await expect(desk.getByTestId('fresh')).toBeVisible()
  await expect(desk.getByTestId('besides')).toContainText('1 件危急求助无人领办')
  await expect(desk.getByTestId('besides')).toContainText('没有符合')
  await desk.getByTestId('fresh').click()
  await expect(row(desk, it.id)).toBeVisible()
  await shot(desk, 'desk-besides')
  // What somebody has not asked for is not what Enter chooses.
  await desk.keyboard.press('/')
  await desk.keyboard.press('Enter')
  await expect(desk.getByTestId('case')).not.toContainText(it.number.slice(-4))
})

test('C6: 120 is called with the sheet on the screen, the time stands in the course, and nothing closes before they have answered', async ({ desk, street }) => {
  const it = await street.ring('sos')
  await row(desk, it.id).click()
  await desk.keyboard.press('r')
  const sheet = desk.getByTestId('sheet')
  await expect(sheet).toContainText(it.number)
  await expect(sheet).toContainText('紧急呼救')
  await shot(desk, 'desk-refer')
  await desk.getByTestId('confirm').click()
  await expect(desk.getByRole('dialog')).toBeHidden()
  const referral = async () => (await street.get<CaseView>(`/api/v1/cases/${it.id}`)).referrals
  await expect.poll(async () => (await referral()).map(r => [r.to, !!r.at, !!r.acknowledged_at])).toEqual([['120', true, false]])
  await desk.keyboard.press('h')
  await expect.poll(async () => (await street.get<CaseView>(`/api/v1/cases/${it.id}`)).voice).toBe('needs_help')
  await desk.keyboard.press('x')
  await desk.getByRole('radio', { name: '已移交' }).click()
  await desk.getByRole('radio', { name: '通话听到老人' }).click()
  await desk.getByTestId('confirm').click()
  await expect(desk.locator('.stack')).toContainText('转办尚未确认接收')
  expect((await street.get<CaseView>(`/api/v1/cases/${it.id}`)).state).not.toBe('closed')
  await desk.keyboard.press('Escape')
  await expect(desk.getByRole('dialog')).toBeHidden()
  await desk.locator('[data-act=acknowledge]').click()
  await desk.getByTestId('ack-by').fill('王护士 8812')
  await desk.getByTestId('ack-do').click()
  await expect.poll(async () => (await referral()).every(r => r.acknowledged_at)).toBe(true)
})

test('C6: a note and a false alarm by their keys', async ({ desk, street }) => {
  const it = await street.ring('sos')
  await row(desk, it.id).click()
  await desk.keyboard.press('n')
  await desk.keyboard.type('女儿在路上')
  await desk.keyboard.press('Control+Enter')
  await expect(desk.getByRole('dialog')).toBeHidden()
  const notes = () => street.get<{ items: { text: string | null }[] }>(`/api/v1/cases/${it.id}/notes`)
  await expect.poll(async () => (await notes()).items.map(n => n.text)).toEqual(['女儿在路上'])
  // An elder who has not been heard is not fine because somebody thinks so: the dialog says why, and stays.
  await desk.keyboard.press('f')
  await desk.getByTestId('confirm').click()
  await expect(desk.getByTestId('refused')).toBeVisible()
  await shot(desk, 'desk-false-refused')
  await desk.keyboard.press('Escape')
  await expect(desk.getByRole('dialog')).toBeHidden()
  await desk.keyboard.press('y')
  await expect.poll(async () => (await street.get<CaseView>(`/api/v1/cases/${it.id}`)).state).toMatch(/resolved|closed/)
  // What is over is not over a second time.
  await desk.keyboard.press('f')
  await expect(desk.getByRole('dialog')).toBeHidden()
})

test('the call of a case that is over says so and records nothing, also when it is over while the call is on the screen; Esc closes it', async ({ desk, street }) => {
  const it = await street.ring('sos')
  await desk.goto(`${street.base}/console/case/${it.id}`)
  await expect(desk.getByTestId('acts')).toBeVisible()
  const said: string[] = []
  desk.on('request', one => { if (one.url().endsWith('/voice-result')) said.push(one.postData() ?? '') })
  await desk.keyboard.press('c')
  const dialog = desk.getByTestId('dialog')
  await expect(dialog.locator('[data-act=voice-fine]')).toBeVisible()
  // A colleague hears that all is well.
  await street.post(`/api/v1/cases/${it.id}/voice-result`, { result: 'fine' }, 'desk2')
  await expect(dialog.getByTestId('call-over')).toBeVisible()
  await expect(dialog.locator('[data-act=voice-fine]')).toHaveCount(0)
  for (const key of ['y', 'h', 'o', 'u']) await desk.keyboard.press(key)
  await desk.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  // Opened on a case that is over it is the same from the first moment.
  await desk.keyboard.press('c')
  await expect(dialog.getByTestId('call-over')).toBeVisible()
  for (const key of ['y', 'h', 'o', 'u']) await desk.keyboard.press(key)
  await shot(desk, 'console-call-over')
  await desk.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  for (const key of ['y', 'h', 'o', 'u']) await desk.keyboard.press(key)
  expect(said, 'nothing that the service would refuse was sent').toEqual([])
})
