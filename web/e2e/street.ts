// A street of its own for the tests: the real program, a fresh demo without its simulator, and hands to press its buttons.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { components } from '../src/shared/api/schema'

export type CaseView = components['schemas']['CaseDto']
interface Login { role: string, username: string, password: string, responder_id?: string }
export interface Device { device_id: string, key: string, elder_id: string | null }
/** A contact who may look, and the last four digits of their telephone. */
export interface Kin { elder: string, elderName: string, contact: string, name: string, digits: string, device: Device }

const root = join(import.meta.dirname, '../..')
function binary(): string {
  const named = process.env.ECD_BINARY
  const found = [named, join(root, 'target/ci/eldercare-dispatch'), join(root, 'target/release/eldercare-dispatch'), join(root, 'target/debug/eldercare-dispatch')].find(it => it && existsSync(it))
  if (!found) throw new Error('no program to test: make browser builds one, or name one in ECD_BINARY')
  return found
}

export class Street {
  private child: ChildProcess | undefined
  private readonly folder = mkdtempSync(join(tmpdir(), 'ecd-street-'))
  private tokens = new Map<string, { token: string, until: number }>()
  private next = 0
  base = ''
  logins: { users: Login[], devices: Device[] } = { users: [], devices: [] }

  /** Starts it, or starts it again at the same address and on the same data; with variables, as a service whose configuration has them
      too; `ahead`: with a clock that runs so many hours ahead. */
  async start(variables?: Record<string, string>, ahead = 0) {
    const listen = this.base ? this.base.replace('http://', '') : '127.0.0.1:0'
    const demo = ['demo', '--quiet', '--elders', '400', '--listen', listen, '--data-dir', join(this.folder, 'data'), ...(ahead ? ['--ahead', String(ahead)] : [])]
    if (ahead) this.tokens.clear()
    const serve = ['serve', '--config', join(this.folder, 'data/demo.toml')]
    const child = spawn(binary(), variables ? serve : demo, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...variables } })
    this.child = child
    let said = ''
    child.stderr.on('data', it => { said += it })
    this.base = await new Promise<string>((done, failed) => {
      child.stdout.on('data', it => {
        said += it
        const found = /listening on (http:\/\/[\d.:]+)/.exec(said)
        if (found?.[1]) done(found[1])
      })
      child.on('exit', code => failed(new Error(`the street ended with ${code}:\n${said.slice(-2000)}`)))
    })
    this.logins = JSON.parse(readFileSync(join(this.folder, 'data/logins.json'), 'utf8'))
  }

  /** Starts it again with more in its configuration. */
  async with(section: string) {
    await this.kill('SIGTERM')
    appendFileSync(join(this.folder, 'data/demo.toml'), `\n${section}\n`)
    await this.start({})
  }

  /** Rows of a sheet, as the street office would bring them in: with the program's own importer, while the service is at work. */
  async bring(sheet: 'elders' | 'contacts', rows: Record<string, string>[]) {
    const file = join(this.folder, `more-${sheet}-${this.next++}.csv`)
    const head = Object.keys(rows[0] ?? {})
    writeFileSync(file, [head, ...rows.map(it => head.map(name => it[name] ?? ''))].map(cells => cells.join(',')).join('\n') + '\n')
    const child = spawn(binary(), ['import', sheet, file, '--yes', '--config', join(this.folder, 'data/demo.toml')], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', it => { said += it })
    child.stderr.on('data', it => { said += it })
    const code = await new Promise<number | null>(done => child.once('exit', done))
    if (code !== 0) throw new Error(`import ${sheet}: ${code}\n${said.slice(-2_000)}`)
  }
  /** The desk says that something is the matter with an elder, as after a telephone call. */
  async report(elder: string, kind: string): Promise<CaseView> {
    const { case_id } = await this.post<{ case_id: string }>('/api/v1/alerts', { kind, elder_id: elder })
    return this.get<CaseView>(`/api/v1/cases/${case_id}`)
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL') {
    const child = this.child
    if (!child) return
    this.child = undefined
    child.removeAllListeners('exit')
    const gone = new Promise(done => child.once('exit', done))
    if (child.kill(signal)) await gone
  }
  /** Its process stands still: connections stay open, and nothing is answered. */
  freeze(on: boolean) {
    this.child?.kill(on ? 'SIGSTOP' : 'SIGCONT')
  }
  async end() {
    await this.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  login(username: string): Login {
    const it = this.logins.users.find(u => u.username === username)
    if (!it) throw new Error(`no account ${username}`)
    return it
  }
  async token(username = 'desk1'): Promise<string> {
    // The whole suite may take longer than a token lives.
    const have = this.tokens.get(username)
    if (have && Date.now() < have.until) return have.token
    const answer = await fetch(`${this.base}/api/v1/auth/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: this.login(username).password }) })
    const { access_token, expires_in } = await answer.json() as { access_token: string, expires_in: number }
    this.tokens.set(username, { token: access_token, until: Date.now() + expires_in * 500 })
    return access_token
  }
  async get<T>(path: string, username = 'desk1'): Promise<T> {
    const answer = await fetch(this.base + path, { headers: { authorization: `Bearer ${await this.token(username)}` } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json() as Promise<T>
  }
  async post<T>(path: string, body: unknown, username = 'desk1'): Promise<T> {
    const answer = await fetch(this.base + path, { method: 'POST', headers: { authorization: `Bearer ${await this.token(username)}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? (undefined as T) : answer.json() as Promise<T>
  }

  /** A file to a case, as the phone of this account would send it. */
  async photo(caseId: string, file: Buffer, username = 'desk1'): Promise<string> {
    const answer = await fetch(`${this.base}/api/v1/cases/${caseId}/photos?consent=forced_entry`, { method: 'POST', headers: { authorization: `Bearer ${await this.token(username)}`, 'content-type': 'image/jpeg' }, body: new Uint8Array(file) })
    if (!answer.ok) throw new Error(`photo: ${answer.status} ${await answer.text()}`)
    return (await answer.json() as { photo: string }).photo
  }
  /** The bytes of a photo, as the service keeps it. */
  async photoOf(caseId: string, photo: string): Promise<Buffer> {
    const answer = await fetch(`${this.base}/api/v1/cases/${caseId}/photos/${photo}`, { headers: { authorization: `Bearer ${await this.token()}` } })
    if (!answer.ok) throw new Error(`photo: ${answer.status}`)
    return Buffer.from(await answer.arrayBuffer())
  }

  async duty(username: string, on: boolean) {
    const answer = await fetch(`${this.base}/api/v1/responders/me/duty`, { method: 'PUT', headers: { authorization: `Bearer ${await this.token(username)}`, 'content-type': 'application/json' }, body: JSON.stringify({ on }) })
    if (!answer.ok) throw new Error(`duty of ${username}: ${answer.status}`)
  }

  /** A command of the program beside the serving one, on the same data. */
  command(...args: string[]): string {
    return execFileSync(binary(), [...args, '--config', join(this.folder, 'data/demo.toml')], { encoding: 'utf8' })
  }

  /** Another elder's device rings; answers the case. */
  async ring(kind: string, more: object = {}): Promise<CaseView> {
    const devices = this.logins.devices.filter(it => it.elder_id)
    const seen = new Set<string>()
    const owners = devices.filter(it => !seen.has(it.elder_id as string) && seen.add(it.elder_id as string))
    const device = owners[(this.next * 7 + 3) % owners.length] as Device
    this.next += 1
    return this.ringOf(device, kind, more)
  }
  async ringOf(device: Device, kind: string, more: object = {}): Promise<CaseView> {
    const answer = await fetch(`${this.base}/api/v1/alerts`, {
      method: 'POST', headers: { authorization: `Device ${device.device_id}:${device.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind, device_id: device.device_id, source_ref: `${kind}-${this.next}-${Math.random()}`, ...more }),
    })
    if (!answer.ok) throw new Error(`alert: ${answer.status} ${await answer.text()}`)
    const { case_id } = await answer.json() as { case_id: string }
    return this.get<CaseView>(`/api/v1/cases/${case_id}`)
  }

  private readonly near = new Map<string, { device: Device, home: { lat: number, lon: number } }>()
  /** A case that is put to this account, who stands beside it: in the area of their work a device rings, and the desk hurries the ladder. */
  async ringFor(username: string, kind: string): Promise<CaseView> {
    const me = this.login(username).responder_id
    const known = this.near.get(username)
    for (const at of known ? [known] : await this.homesOf(username)) {
      await this.stand(username, at.home)
      let it = await this.ringOf(at.device, kind)
      for (let n = 0; n < 30; n += 1) {
        if (it.offers.some(o => o.responder_id === me)) {
          this.near.set(username, at)
          return it
        }
        if (n === 3) await this.post(`/api/v1/cases/${it.id}/escalate`, {}).catch(() => {})
        await new Promise(done => setTimeout(done, 100))
        it = await this.get<CaseView>(`/api/v1/cases/${it.id}`)
      }
      await this.finish(it)
    }
    throw new Error(`nothing that rings is put to ${username}`)
  }
  /** A practice case that is put to this account, which has joined as the desk has; about an elder of the area of their work. */
  async practiceFor(username: string): Promise<CaseView> {
    for (const it of ['desk1', username]) await this.practise(it, true)
    const me = this.login(username).responder_id
    for (const at of await this.homesOf(username)) {
      await this.stand(username, at.home)
      const { case_id } = await this.post<{ case_id: string }>('/api/v1/alerts', { kind: 'sos', elder_id: at.device.elder_id, drill: true })
      for (let n = 0; n < 30; n += 1) {
        const it = await this.get<CaseView>(`/api/v1/cases/${case_id}`)
        if (it.offers.some(o => o.responder_id === me)) return it
        if (n === 3) await this.post(`/api/v1/cases/${case_id}/escalate`, {}).catch(() => {})
        await new Promise(done => setTimeout(done, 100))
      }
      await this.finish(await this.get<CaseView>(`/api/v1/cases/${case_id}`))
    }
    throw new Error(`no practice is put to ${username}`)
  }
  async practise(username: string, on: boolean) {
    const answer = await fetch(`${this.base}/api/v1/practice`, { method: 'PUT', headers: { authorization: `Bearer ${await this.token(username)}`, 'content-type': 'application/json' }, body: JSON.stringify({ on }) })
    if (!answer.ok) throw new Error(`practice of ${username}: ${answer.status}`)
    // What the service knows of an account is two seconds old at most.
    await new Promise(done => setTimeout(done, 0))
  }
  /** The phone of this account says that it is there. */
  async stand(username: string, at: { lat: number, lon: number }) {
    await this.post('/api/v1/responders/me/position', { ...at, crs: 'wgs84', accuracy_m: 10 }, username)
  }
  private async homesOf(username: string) {
    const { areas } = await this.get<{ areas: string[] }>(`/api/v1/responders/${this.login(username).responder_id}`)
    const { items } = await this.get<{ items: { id: string, area_code: string, home?: { lat: number, lon: number } }[] }>('/api/v1/elders?limit=500')
    const homes = new Map(items.filter(it => it.home && areas.some(area => it.area_code.startsWith(area))).map(it => [it.id, it.home]))
    return this.logins.devices.flatMap(device => {
      const home = homes.get(device.elder_id ?? '')
      return home ? [{ device, home }] : []
    })
  }
  /** Contacts of an elder who has a device: the `nth` such elder with at least `count` contacts at `level` or above. */
  async kin(nth = 0, level = '健康', count = 1): Promise<Kin[]> {
    const levels = ['状态', '历史', '健康']
    const rows = readFileSync(join(this.folder, 'data/contacts.csv'), 'utf8').split('\n').map(it => it.split(','))
    const seen = new Set<string>()
    let left = nth
    for (const device of this.logins.devices) {
      if (!device.elder_id || seen.has(device.elder_id)) continue
      seen.add(device.elder_id)
      const file = await this.get<{ code: string, name: string, contacts: { id: string, name: string, call_order: number, restricted: boolean }[] }>(`/api/v1/elders/${device.elder_id}`)
      const found = file.contacts.flatMap((it): Kin[] => {
        const row = rows.find(r => r[1] === file.code && r[4] === String(it.call_order))
        if (!row || it.restricted || levels.indexOf(row[6] ?? '') < levels.indexOf(level)) return []
        return [{ elder: device.elder_id as string, elderName: file.name, contact: it.id, name: it.name, digits: (row[5] ?? '').slice(-4), device }]
      })
      if (found.length >= count && left-- === 0) return found
    }
    throw new Error('no such family in this street')
  }
  /** Every name and address of the register, as it was brought in. */
  register(): string[] {
    const found = new Set<string>()
    for (const sheet of ['elders', 'contacts', 'responders']) {
      const [head = '', ...rows] = readFileSync(join(this.folder, `data/${sheet}.csv`), 'utf8').replace('\ufeff', '').split('\n')
      const wanted = head.split(',').flatMap((it, at) => (/姓名|地址|住址|^name$|^address$/.test(it.trim()) ? [at] : []))
      if (!wanted.length) throw new Error(`no names in ${sheet}: ${head}`)
      for (const row of rows) for (const at of wanted) found.add(row.split(',')[at]?.trim() ?? '')
    }
    found.delete('')
    return [...found]
  }
  /** A new link for one of them, as the desk makes it. */
  async familyLink(of: Kin): Promise<string> {
    return (await this.post<{ link: string }>(`/api/v1/elders/${of.elder}/family-invites`, { contact_id: of.contact })).link
  }

  /** Ends every case, or those named, so that the next test begins with an empty queue. */
  async clear(which: (it: CaseView) => boolean = () => true) {
    const { items } = await this.get<{ items: CaseView[] }>('/api/v1/cases?open=true&limit=500')
    // So many at once as a service with few connections answers.
    const all = items.filter(which)
    for (let n = 0; n < all.length; n += 16) await Promise.all(all.slice(n, n + 16).map(it => this.finish(it)))
  }
  private async finish(it: CaseView) {
    let said = ''
    // What a phone still sends may come in between.
    for (let n = 0; n < 20; n += 1) {
      for (const r of (await this.get<CaseView>(`/api/v1/cases/${it.id}`)).referrals) if (!r.acknowledged_at) await this.post(`/api/v1/cases/${it.id}/referrals/${r.id}/acknowledge`, {}).catch(() => {})
      const aftercare = it.kind === 'follow_up' || it.kind === 'welfare_review'
      if (aftercare) await this.post(`/api/v1/cases/${it.id}/follow-up`, { result: 'well' }).catch(() => {})
      else await this.post(`/api/v1/cases/${it.id}/voice-result`, { result: 'fine' }).catch(() => {})
      await this.post(`/api/v1/cases/${it.id}/close`, { outcome: aftercare ? 'followed_up' : 'false_alarm', proof: { type: it.lane === 'help' || aftercare ? 'voice_contact' : 'none' } }).catch(error => { said = String(error) })
      if ((await this.get<CaseView>(`/api/v1/cases/${it.id}`)).state === 'closed') return
      await new Promise(done => setTimeout(done, 100))
    }
    throw new Error(`not closed: ${said}`)
  }
}
