// The plain live page of the desk: a queue with countdowns, the map, one case. It shows and asks; it decides nothing.
// Everything comes by the public API and the live socket. Text goes into the page as text only: no markup is ever parsed.
'use strict'

// ---------------------------------------------------------------- words
const WORDS = {
  zh: {
    brand: '慧养应急调度 · 指挥台', other: 'English', signIn: '登录', signOut: '退出', username: '用户名', password: '密码',
    signInHint: '演示环境的账号在启动时打印，也在数据目录的 logins.json 中。', queue: '待处置案件', noCases: '目前没有未结案件。',
    frozen: '正在操作：顺序暂不变动', map: '地图', nearer: '放大', farther: '缩小', whole: '全图', circleFor: '15分钟圈',
    pick: '从左侧选择一个案件，查看经过、邀约与操作。', cut: '连接已中断：下面的内容可能已经过时。正在重新连接…',
    live: '实时', connecting: '连接中', down: '已断开', open: n => `未结 ${n}`, criticals: n => `危急 ${n}`, unowned: n => `无人应答 ${n}`,
    badLogin: '用户名或密码不对，或账号被锁定。', noDesk: '此账号不是指挥台账号（需要调度员、带班领导或管理员）。', failed: '未完成', done: '已完成', unreachable: '服务器没有应答',
    take: '接手', taken: '已接手', takenByMe: '我已接手', voice: '与老人通话', escalate: '升级', refer120: '转 120', acknowledge: t => `${t} 已确认接收`,
    assign: '代为指派', assignHint: '选择电话答应的人', send: '指派', falseAlarm: '误报', close: '结案', outcome: '结果', proof: '依据', confirm: '确认结案',
    events: '经过', offers: '邀约', coming: '前往人员', left: n => `未邀约 ${n} 人及原因`, noOffers: '尚未邀约任何人。', nobody: '无人领办', silent: '无应答', address: '地址', needs: '需求', contactMode: '联系方式',
    hearing: '听力', lift: '搀扶人数', area: '区域', opened: '开始', door: '到门时限', plan: '预案', alerts: '警报数', overdue: '已过', drill: '演练', late: '迟到信号', ringing: '响铃',
    eta: '预计到达', distance: '距离', mode: '方式', time: '用时', reach: '圈', reasons: '理由', state: '状态', name: '姓名', tier: '层级', minutes: '分', seconds: '秒', estimated: '估算',
    noVoicePath: '设备无通话', legendRoad: '步行', unknown: '来源不明', you: '您', system: '系统', device: '设备', responder: '响应人', user: '值班席', household: n => `${n} 人同住`, years: '岁',
    legend: { walk: '步行', ebike: '电动车', car: '汽车', coming: '前往中', asked: '已邀约', off: '不在岗', circle: '15分钟可达圈' },
    severity: { critical: '危急', urgent: '紧急', routine: '一般', technical: '技术' },
    tiers: { home: '家庭', grid: '社区网格', street: '街道' },
    states: { ringing: '呼叫中', engaged: '前往中', on_scene: '现场', resolved: '已处置', closed: '已结案' },
    kinds: { sos: '紧急呼救', fall: '跌倒', smoke: '烟雾', gas: '燃气', co: '一氧化碳', duress: '胁迫', inactivity: '长时间无活动', offline: '失联', vital: '体征异常', geofence: '走出围栏', water_leak: '漏水', missed_visit: '探访缺失', device_fault: '设备故障', low_battery: '电量低', tamper: '被拆动', link_loss: '断线', power_loss: '断电', service_request: '服务请求', follow_up: '回访', welfare_review: '关爱复核', unknown: '未识别信号' },
    clocks: { step: '下一层级', window: '确定领办', voice_widen: '扩大邀约', voice_street: '升级街道', silence: '等待应答', departure: '须出发', progress: '须有动静', replace: '换人', door: '须到门', contact: '须见到人', check_in: '现场报平安', untouched: '无人处理', ring: '再次响铃', referral: '等待接收', look: '再次查看' },
    voices: { fine: '平安', needs_help: '需要帮助', no_answer: '无应答', unclear: '听不清', not_the_elder: '非本人' },
    places: { provisional: '待定', lead: '领办', backup: '后备', stood_down: '已撤回', lost: '已更换' },
    stages: { accepted: '已答应', en_route: '路上', arrived: '到门', inside: '已见到人', done: '完成' },
    offerStates: { open: '待答复', accepted: '答应', declined: '谢绝', ended: '已结束' },
    modes: { walk: '步行', ebike: '电动车', car: '汽车' },
    reaches: { inside: '圈内', edge: '边缘', outside: '圈外' },
    outcomes: { helped: '已救助', handed_over: '已移交', false_alarm: '误报', fine_by_voice: '通话确认平安', device_fault: '设备故障', service_done: '服务完成', suspected_death: '疑似身故' },
    proofs: { voice_contact: '通话确认', on_scene: '现场确认', none: '无需依据' },
    falseReasons: { mis_press: '误触', went_out: '外出', cleaning: '打扫', cooking: '做饭', test: '测试', device_fault: '设备故障' },
    needWords: { high_risk: '红·高风险', living_alone: '橙·独居空巢', disabled: '黄·失能残疾', general: '绿·一般', medical: '青·慢病医护', mental_social: '蓝·精防关爱', away: '紫·外出' },
    contactModes: { voice: '语音', text: '文字', device_keys: '设备按键', door_only: '只上门' }, hearings: { good: '正常', hard: '重听', deaf: '失聪' },
    steps: { desk: '指挥台', home: '家庭', grid: '社区网格', street: '街道', medical: '医疗圈', fire_post: '微型消防站', police_grid: '警格', prompt120: '提示120', prompt119: '提示119', prompt_120: '提示120', prompt_119: '提示119' },
    whys: { step: '按预案', no_voice: '没有通话', declined: '有人谢绝', silence: '无人应答', eta_beyond: '来不及', lead_lost: '领办人失联', no_entry: '无人开门', support: '请求支援', outside: '都在圈外', pair: '需要两人', reopened: '重新打开' },
    reasonWords: { other_tier: '层级未到', off_duty: '未值班', missing_skill: '技能不符', out_of_scope: '辖区不符', not_own_family: '非本户家属', sensitivity: '敏感限制', busy: '已满负荷', no_position: '位置未知', position_unknown: '位置未知', responsible: '包联责任人', key_holder: '有钥匙', skilled: '有相应技能', holds_cases: '已有任务', estimated_straight_line: '直线估算', too_far: '太远', not_able: '力所不及' },
    ev: {
      opened: e => `收到警报：${K(e.kind)}（${W('severity', e.severity)}）`, joined: e => `又收到警报：${K(e.kind)}，并入本案`, plan_merged: () => '合并更严格的预案', step_fired: e => `触发步骤：${W('steps', e.step)}`,
      tier_raised: e => `升级到 ${W('tiers', e.tier)}`, seeking: e => `寻找人员（${W('whys', e.why)}）：${(e.steps || []).map(s => W('steps', s)).join('、')}`, nobody_found: e => `没有可邀约的人：${(e.steps || []).map(s => W('steps', s)).join('、')}`,
      offered: e => `邀约 ${(e.offers || []).map(o => who(o.responder)).join('、')}`, received: () => '邀约已送达', silent: () => '邀约无应答，再找一人', accepted: e => `${who(e.responder)} 答应${eta(e.eta_s)}`, assigned: e => `指派 ${who(e.responder)}${eta(e.eta_s)}`,
      declined: e => `${who(e.responder)} 谢绝（${W('reasonWords', e.reason)}）`, lead_chosen: e => `${who(e.responder)} 领办${list(e.backups, '；后备 ')}${list(e.stood_down, '；撤回 ')}`, no_lead: () => '未能确定领办人', stood_down: e => `撤回 ${(e.responders || []).map(who).join('、')}`,
      called: e => `催促 ${who(e.responder)}`, lead_lost: e => `领办人更换：${who(e.responder)}`, departed: e => `${who(e.responder)} 出发${eta(e.eta_s)}`, progressed: e => `${who(e.responder)} 在路上${eta(e.eta_s)}`, eta_beyond: e => `${who(e.responder)} 赶不上到门时限`, door_late: () => '到门时限已过，无人到门',
      arrived: e => `${who(e.responder)} 到门`, arrival_undone: e => `${who(e.responder)}：地址不对`, contact_made: e => `${who(e.responder)} 见到老人`, no_entry: () => '无人开门', checked_in: e => `${who(e.responder)} 现场报平安`, support_asked: e => `${who(e.responder)} 请求支援`, done_there: e => `${who(e.responder)} 现场完成`,
      taken: () => '值班席接手', rang: e => `响铃：${{ desk: '指挥台', duty_leader: '带班领导', next_seat: '相邻席位和区级' }[e.whom] || e.whom}（第 ${e.round} 轮）`, untouched: () => '危急案件无人处理', voice_result: e => `通话结果：${W('voices', e.result)}`, noted: () => '写了备注', severity_changed: e => `级别改为 ${W('severity', e.to)}`,
      referred: e => `转 ${agency(e.to)}`, referral_acknowledged: () => '对方已确认接收', referral_late: () => '对方迟迟未确认', resolved: e => `已处置：${W('outcomes', e.outcome)}`, review_awaited: () => '等待早间复核', closed: e => `结案：${W('outcomes', e.outcome)}（${W('proofs', e.proof && e.proof.type)}）`, reopened: () => '重新打开', withdrawn: () => '设备撤回信号（仅作标记）',
    },
    agencies: { police_grid: '警格', district: '区级' },
    codes: { proof_missing: '还缺少依据：先记录通话结果，或等人到现场见到老人。', outcome_missing: '需要选择结果。', referral_open: '转办尚未确认接收，不能结案。', over: '案件已结束。', role_not_allowed: '您的角色不能这样做。' },
  },
  en: {
    brand: 'Eldercare dispatch · desk', other: '中文', signIn: 'Sign in', signOut: 'Sign out', username: 'User name', password: 'Password',
    signInHint: 'The demo prints its accounts when it starts; they are also in logins.json in its data directory.', queue: 'Open cases', noCases: 'No case is open.',
    frozen: 'In use: the order is held', map: 'Map', nearer: 'Zoom in', farther: 'Zoom out', whole: 'Whole map', circleFor: '15 min circle',
    pick: 'Choose a case on the left to see its course, its offers and what can be done.', cut: 'The connection is lost: what you see may be out of date. Connecting again…',
    live: 'live', connecting: 'connecting', down: 'cut off', open: n => `${n} open`, criticals: n => `${n} critical`, unowned: n => `${n} unanswered`,
    badLogin: 'Wrong name or password, or the account is locked.', noDesk: 'This is no desk account (dispatcher, duty leader or administrator).', failed: 'Not done', done: 'Done', unreachable: 'The service does not answer',
    take: 'Take', taken: 'taken', takenByMe: 'taken by you', voice: 'Elder said', escalate: 'Escalate', refer120: 'Refer to 120', acknowledge: t => `${t} has acknowledged`,
    assign: 'Assign', assignHint: 'who said yes by phone', send: 'Send', falseAlarm: 'False alarm', close: 'Close', outcome: 'outcome', proof: 'proof', confirm: 'Close the case',
    events: 'Course', offers: 'Offers', coming: 'On the case', left: n => `${n} not asked, and why`, noOffers: 'Nobody has been asked yet.', nobody: 'nobody leads', silent: 'silent', address: 'Address', needs: 'Needs', contactMode: 'Ask by',
    hearing: 'Hearing', lift: 'People to lift', area: 'Area', opened: 'Since', door: 'At the door by', plan: 'Plan', alerts: 'Alerts', overdue: 'over by', drill: 'drill', late: 'late signal', ringing: 'ringing',
    eta: 'ETA', distance: 'Distance', mode: 'By', time: 'Travel', reach: 'Circle', reasons: 'Why', state: 'State', name: 'Name', tier: 'Tier', minutes: ' min', seconds: ' s', estimated: 'estimated',
    noVoicePath: 'no voice path', unknown: 'unknown sender', you: 'you', system: 'service', device: 'device', responder: 'responder', user: 'desk', household: n => `${n} live here`, years: '',
    legend: { walk: 'on foot', ebike: 'e-bike', car: 'car', coming: 'coming', asked: 'asked', off: 'off duty', circle: 'reach within 15 min' },
    severity: { critical: 'critical', urgent: 'urgent', routine: 'routine', technical: 'technical' },
    tiers: { home: 'Home', grid: 'Grid', street: 'Street' },
    states: { ringing: 'ringing', engaged: 'engaged', on_scene: 'on the scene', resolved: 'resolved', closed: 'closed' },
    kinds: { sos: 'SOS', fall: 'Fall', smoke: 'Smoke', gas: 'Gas', co: 'Carbon monoxide', duress: 'Duress', inactivity: 'Inactivity', offline: 'Offline', vital: 'Vital sign', geofence: 'Left the fence', water_leak: 'Water leak', missed_visit: 'Missed visit', device_fault: 'Device fault', low_battery: 'Low battery', tamper: 'Tampered', link_loss: 'Link lost', power_loss: 'Power lost', service_request: 'Service request', follow_up: 'Follow-up', welfare_review: 'Welfare review', unknown: 'Unknown signal' },
    clocks: { step: 'next tier', window: 'lead is chosen', voice_widen: 'ask more', voice_street: 'street takes over', silence: 'awaiting answer', departure: 'must leave', progress: 'must move', replace: 'replaced', door: 'at the door', contact: 'contact due', check_in: 'sign of life', untouched: 'untouched', ring: 'rings again', referral: 'referral open', look: 'look again' },
    voices: { fine: 'Fine', needs_help: 'Needs help', no_answer: 'No answer', unclear: 'Unclear', not_the_elder: 'Not the elder' },
    places: { provisional: 'provisional', lead: 'lead', backup: 'back-up', stood_down: 'stood down', lost: 'replaced' },
    stages: { accepted: 'said yes', en_route: 'on the way', arrived: 'at the door', inside: 'with the elder', done: 'done' },
    offerStates: { open: 'open', accepted: 'yes', declined: 'no', ended: 'ended' },
    modes: { walk: 'foot', ebike: 'e-bike', car: 'car' },
    reaches: { inside: 'inside', edge: 'edge', outside: 'outside' },
    outcomes: { helped: 'helped', handed_over: 'handed over', false_alarm: 'false alarm', fine_by_voice: 'fine by voice', device_fault: 'device fault', service_done: 'service done', suspected_death: 'suspected death' },
    proofs: { voice_contact: 'voice contact', on_scene: 'somebody on the scene', none: 'none needed' },
    falseReasons: { mis_press: 'pressed by mistake', went_out: 'went out', cleaning: 'cleaning', cooking: 'cooking', test: 'test', device_fault: 'device fault' },
    needWords: { high_risk: 'red · high risk', living_alone: 'orange · lives alone', disabled: 'yellow · disabled', general: 'green · general', medical: 'cyan · medical', mental_social: 'blue · mental/social', away: 'purple · away' },
    contactModes: { voice: 'voice', text: 'text', device_keys: 'device keys', door_only: 'door only' }, hearings: { good: 'good', hard: 'hard', deaf: 'deaf' },
    steps: { desk: 'desk', home: 'home', grid: 'grid', street: 'street', medical: 'medical circle', fire_post: 'fire post', police_grid: 'police grid', prompt120: '120 prompt', prompt119: '119 prompt', prompt_120: '120 prompt', prompt_119: '119 prompt' },
    whys: { step: 'by the plan', no_voice: 'no voice', declined: 'a refusal', silence: 'silence', eta_beyond: 'too late', lead_lost: 'lead lost', no_entry: 'nobody opens', support: 'support asked', outside: 'all outside the circle', pair: 'two needed', reopened: 'reopened' },
    reasonWords: { other_tier: 'tier not asked yet', off_duty: 'off duty', missing_skill: 'lacks the skill', out_of_scope: 'works elsewhere', not_own_family: 'not their family', sensitivity: 'not for their ears', busy: 'has enough cases', no_position: 'position unknown', position_unknown: 'position unknown', responsible: 'answerable here', key_holder: 'has a key', skilled: 'has the skill', holds_cases: 'holds cases', estimated_straight_line: 'straight line', too_far: 'too far', not_able: 'not able' },
    ev: {
      opened: e => `Alert: ${K(e.kind)} (${W('severity', e.severity)})`, joined: e => `Another alert joins: ${K(e.kind)}`, plan_merged: () => 'A stricter plan is merged in', step_fired: e => `Step: ${W('steps', e.step)}`,
      tier_raised: e => `Raised to ${W('tiers', e.tier)}`, seeking: e => `Looking for people (${W('whys', e.why)}): ${(e.steps || []).map(s => W('steps', s)).join(', ')}`, nobody_found: e => `Nobody to ask for ${(e.steps || []).map(s => W('steps', s)).join(', ')}`,
      offered: e => `Offered to ${(e.offers || []).map(o => who(o.responder)).join(', ')}`, received: () => 'Offer received', silent: () => 'No answer to an offer: the next is asked', accepted: e => `${who(e.responder)} says yes${eta(e.eta_s)}`, assigned: e => `${who(e.responder)} is sent${eta(e.eta_s)}`,
      declined: e => `${who(e.responder)} says no (${W('reasonWords', e.reason)})`, lead_chosen: e => `${who(e.responder)} leads${list(e.backups, '; back-up ')}${list(e.stood_down, '; stood down ')}`, no_lead: () => 'Nobody could be confirmed', stood_down: e => `Stood down: ${(e.responders || []).map(who).join(', ')}`,
      called: e => `Called ${who(e.responder)}`, lead_lost: e => `${who(e.responder)} no longer leads`, departed: e => `${who(e.responder)} has left${eta(e.eta_s)}`, progressed: e => `${who(e.responder)} on the way${eta(e.eta_s)}`, eta_beyond: e => `${who(e.responder)} will be too late`, door_late: () => 'Nobody at the door in time',
      arrived: e => `${who(e.responder)} at the door`, arrival_undone: e => `${who(e.responder)}: wrong address`, contact_made: e => `${who(e.responder)} is with the elder`, no_entry: () => 'Nobody opens', checked_in: e => `${who(e.responder)}: all is well`, support_asked: e => `${who(e.responder)} asks for support`, done_there: e => `${who(e.responder)} is done there`,
      taken: () => 'Taken at the desk', rang: e => `Rang ${{ desk: 'the desk', duty_leader: 'the duty leader', next_seat: 'the next seat and the district' }[e.whom] || e.whom} (round ${e.round})`, untouched: () => 'Critical and untouched', voice_result: e => `Elder: ${W('voices', e.result)}`, noted: () => 'A note was written', severity_changed: e => `Now ${W('severity', e.to)}`,
      referred: e => `Referred to ${agency(e.to)}`, referral_acknowledged: () => 'Referral acknowledged', referral_late: () => 'Referral not acknowledged in time', resolved: e => `Resolved: ${W('outcomes', e.outcome)}`, review_awaited: () => 'Waits for the morning review', closed: e => `Closed: ${W('outcomes', e.outcome)} (${W('proofs', e.proof && e.proof.type)})`, reopened: () => 'Reopened', withdrawn: () => 'The device took it back (a mark only)',
    },
    agencies: { police_grid: 'police grid', district: 'district' },
    codes: { proof_missing: 'Proof is missing: record the voice result first, or wait until somebody is with the elder.', outcome_missing: 'Choose an outcome.', referral_open: 'A referral is not acknowledged yet.', over: 'The case is over.', role_not_allowed: 'Your role may not do this.' },
  },
}
let language = sessionStorage.getItem('language') || (navigator.language.startsWith('zh') ? 'zh' : 'en')
const T = key => WORDS[language][key]
const W = (table, word) => (WORDS[language][table] || {})[word] ?? String(word ?? '').replaceAll('_', ' ')
const K = kind => W('kinds', kind)
const agency = word => W('agencies', word)
const eta = seconds => seconds == null ? '' : ` · ${span(seconds)}`
const list = (ids, before) => ids && ids.length ? before + ids.map(who).join(language === 'zh' ? '、' : ', ') : ''
const who = id => names.get(id) || String(id || '').slice(0, 10)

// ---------------------------------------------------------------- small tools
const $ = id => document.getElementById(id)
/** An element; texts become text nodes, so nothing in them is ever markup. */
function h(tag, attributes, ...children) {
  const it = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value == null || value === false) continue
    if (name === 'on') for (const [event, listener] of Object.entries(value)) it.addEventListener(event, listener)
    else it.setAttribute(name, value === true ? '' : String(value))
  }
  it.append(...children.flat().filter(child => child != null && child !== false))
  return it
}
const SVG = 'http://www.w3.org/2000/svg'
function shape(kind, colour) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24'); svg.setAttribute('class', 'shape'); svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', SHAPES[kind]); path.setAttribute('fill', colour)
  svg.append(path)
  return svg
}
const SHAPES = {
  critical: 'M8 2h8l6 6v8l-6 6H8l-6-6V8z', urgent: 'M12 2 23 21H1z', routine: 'M3 3h18v18H3z', technical: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4a5 5 0 1 1 0 10 5 5 0 0 1 0-10z',
  bell: 'M12 2a6 6 0 0 0-6 6v6l-3 4h18l-3-4V8a6 6 0 0 0-6-6zM9 20h6a3 3 0 0 1-6 0z',
  walk: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', ebike: 'M12 1 23 12 12 23 1 12z', car: 'M3 6h18v12H3z', ring: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 4a6 6 0 1 1 0 12 6 6 0 0 1 0-12z',
}
const COLOURS = { critical: '#b3261e', urgent: '#c96a0a', routine: '#a88700', technical: '#2f74b5', free: '#47606f', coming: '#1c6b3c', asked: '#c96a0a', off: '#b4bfc7' }
const RANK = { critical: 0, urgent: 1, routine: 2, technical: 3 }
const clockTime = at => new Date(at).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB', { hour12: false })
function span(seconds) {
  const s = Math.abs(Math.round(seconds)), two = n => String(n).padStart(2, '0')
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}
let saidTimer
function say(text, bad) {
  const it = $('said')
  it.textContent = text; it.hidden = false; it.className = bad ? 'bad' : ''
  clearTimeout(saidTimer); saidTimer = setTimeout(() => { it.hidden = true }, bad ? 7000 : 2500)
}

// ---------------------------------------------------------------- the API
let session = JSON.parse(sessionStorage.getItem('session') || 'null')
function keep(next) {
  session = next
  if (next) sessionStorage.setItem('session', JSON.stringify(next)); else sessionStorage.removeItem('session')
}
let refreshing
function refresh() {
  refreshing ??= (async () => {
    try {
      const answer = await fetch('/api/v1/auth/refresh', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refresh_token: session?.refresh_token }) })
      if (answer.status === 401 || answer.status === 400 || answer.status === 422) { leave(); return false }
      if (!answer.ok) return false
      keep({ ...session, ...(await answer.json()) })
      return true
    } catch { return false } finally { refreshing = undefined }
  })()
  return refreshing
}
async function ask(method, path, body, again = true) {
  const headers = { authorization: `Bearer ${session?.access_token}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (method !== 'GET') headers['idempotency-key'] = Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, '0')).join('')
  const answer = await fetch('/api/v1' + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  if (answer.status === 401 && again && await refresh()) return ask(method, path, body, false)
  if (answer.ok) return answer.status === 204 ? null : answer.json()
  const problem = await answer.json().catch(() => ({}))
  throw Object.assign(new Error(WORDS[language].codes[problem.code] || problem.detail || problem.title || answer.statusText), { status: answer.status, code: problem.code })
}
async function pages(path, most = 20) {
  const all = []
  let next = null
  for (let page = 0; page < most; page++) {
    const it = await ask('GET', path + (path.includes('?') ? '&' : '?') + 'limit=500' + (next ? `&cursor=${encodeURIComponent(next)}` : ''))
    all.push(...it.items)
    next = it.next
    if (!next) break
  }
  return all
}

// ---------------------------------------------------------------- the live socket
const cases = new Map(), names = new Map()
let people = [], me = null, cursor = null, epoch = null, offset = 0, heardAt = 0, socket = null, tries = 0, link = 'wait'
const now = () => Date.now() + offset
function connect() {
  if (!session || socket) return
  link = link === 'live' ? 'wait' : link
  const url = new URL('/api/v1/live', location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const it = socket = new WebSocket(url)
  const waited = setTimeout(() => it.close(), 8000)
  it.onopen = () => it.send(JSON.stringify({ type: 'hello', token: session.access_token, cursor }))
  it.onmessage = event => { clearTimeout(waited); if (it === socket) receive(JSON.parse(event.data)) }
  it.onclose = async event => {
    clearTimeout(waited)
    if (it !== socket) return
    socket = null
    link = 'down'; status()
    if (!session) return
    if (event.code === 4400) cursor = null
    if ((event.code === 4401 || event.code === 4403) && !(await refresh()) && !session) return
    // Soon at first, then slower, and not all desks at the same instant.
    const pause = Math.min(8000, 400 * 2 ** tries++) * (0.7 + Math.random() * 0.6)
    setTimeout(connect, pause)
  }
}
function receive(frame) {
  heardAt = Date.now()
  switch (frame.type) {
    case 'welcome': offset = Date.parse(frame.now) - Date.now(); me = frame.you; if (epoch && epoch !== frame.epoch) cases.clear(); epoch = frame.epoch; break
    case 'snapshot': cases.clear(); for (const it of frame.cases) put(it); live(); break
    case 'changed': live(); put(frame.case); break
    case 'gone': cases.delete(frame.id); break
    case 'ping': offset = Date.parse(frame.now) - Date.now(); live(); break
    default: return // a newer service may say more; what is not understood is left alone
  }
  if (frame.cursor) cursor = frame.cursor
  if (frame.type !== 'ping') draw()
}
function put(it) {
  // The case on screen stays readable after it is closed; others leave the list.
  if (it.state === 'closed' && it.id !== selected) cases.delete(it.id); else cases.set(it.id, it)
  for (const one of [...(it.offers || []), ...(it.assignments || [])]) if (one.responder_name) names.set(one.responder_id, one.responder_name)
}
function live() { link = 'live'; tries = 0; status() }
function status() {
  const it = $('link')
  it.textContent = T(link === 'live' ? 'live' : link === 'down' ? 'down' : 'connecting')
  it.className = link === 'live' ? '' : link
}
setInterval(() => {
  const silent = session && heardAt && Date.now() - heardAt > 5000
  if (silent && link === 'live') { link = 'down'; status(); const it = socket; socket = null; it?.close(); setTimeout(connect, 300) }
  $('cut').hidden = !(silent || (session && heardAt && link === 'down'))
  $('cut').textContent = T('cut')
  $('clock').textContent = session ? clockTime(now()) : ''
  countdowns()
}, 250)

// ---------------------------------------------------------------- the queue
let selected = null, order = []
const rows = new Map()
const due = it => it.next_due_at ? Date.parse(it.next_due_at) : Infinity
const lead = it => (it.assignments || []).find(a => a.place === 'lead') || (it.assignments || []).find(a => a.place === 'provisional')
let touchedAt = 0
for (const event of ['pointermove', 'pointerdown', 'keydown', 'focusin', 'wheel']) $('queue').addEventListener(event, () => { touchedAt = Date.now() }, { passive: true })
/** Somebody is about to choose: the pointer or the focus is inside and was active within the last seconds. */
const frozen = () => Date.now() - touchedAt < 4000 && ($('queue').matches(':hover') || $('cases').contains(document.activeElement))
function sorted() {
  const wanted = [...cases.values()].sort((a, b) => (a.state === 'closed') - (b.state === 'closed') || (a.state === 'resolved') - (b.state === 'resolved') || RANK[a.severity] - RANK[b.severity] || due(a) - due(b) || (a.number < b.number ? -1 : 1)).map(it => it.id)
  // Nothing moves under a pointer or a focus: who is there stays, who is new comes after their own severity.
  if (!frozen()) return wanted
  const stay = order.filter(id => cases.has(id)), fresh = wanted.filter(id => !stay.includes(id))
  for (const id of fresh) {
    const at = stay.findLastIndex(other => RANK[cases.get(other).severity] <= RANK[cases.get(id).severity])
    stay.splice(at + 1, 0, id)
  }
  return stay
}
function subject(it) {
  if (it.elder) return it.elder.name
  if (it.household) return it.household.members.map(m => m.name).join(language === 'zh' ? '、' : ', ') || it.household.address
  if (it.subject?.type === 'responder') return who(it.subject.id)
  return T(it.subject?.type === 'unknown' ? 'unknown' : it.subject?.type) || ''
}
const TIERS = ['home', 'grid', 'street']
function tiers(it) {
  const at = TIERS.indexOf(it.tier)
  return h('ol', { class: 'tiers', 'aria-label': `${T('tier')}: ${W('tiers', it.tier)}` }, TIERS.map((tier, n) => h('li', { class: n === at ? 'now' : n < at ? 'passed' : null, 'aria-current': n === at ? 'step' : null }, (n < at ? '✓ ' : n === at ? '▶ ' : '') + W('tiers', tier))))
}
function leadTag(it) {
  const one = lead(it)
  if (!one) return it.lane === 'help' && it.state !== 'closed' && it.state !== 'resolved' ? h('span', { class: 'tag nobody' }, '○ ' + T('nobody')) : null
  const rest = one.eta_at && (one.stage === 'accepted' || one.stage === 'en_route') ? h('span', { 'data-eta': one.eta_at }) : null
  return h('span', { class: 'tag come' }, '➜ ', one.responder_name || who(one.responder_id), ' · ', W('stages', one.stage), rest ? ' ' : '', rest)
}
const takenTag = it => it.taken_by ? h('span', { class: 'tag mine' }, it.taken_by === me?.user ? T('takenByMe') : T('taken')) : null
const countdown = it => it.next_due_at ? h('span', { class: 'due', 'data-due': it.next_due_at }, h('span', {}, ''), h('small', {}, W('clocks', it.next_due_kind))) : h('span', { class: 'due' }, h('small', {}, W('states', it.state)))
function row(it) {
  let entry = rows.get(it.id)
  if (!entry) {
    const button = h('button', { type: 'button', on: { click: () => choose(it.id) } })
    entry = { item: h('li', {}, button), button, seen: '' }
    rows.set(it.id, entry)
  }
  const seen = `${language}${it.version}${selected === it.id}${me?.user}`
  if (entry.seen === seen) return entry.item
  entry.seen = seen
  entry.button.className = `row ${it.severity}${it.state === 'closed' || it.state === 'resolved' ? ' over' : ''}`
  entry.button.setAttribute('aria-current', String(selected === it.id))
  entry.button.replaceChildren(
    h('span', { class: 'sign' }, shape(it.severity, COLOURS[it.severity]), h('span', { class: 'word' }, W('severity', it.severity))),
    h('span', { class: 'what' }, K(it.kind), ' · ', subject(it)),
    countdown(it),
    h('span', { class: 'who' }, '#' + it.number.slice(-4), ' · ', it.area_name || it.area_code, ' · ', W('states', it.state)),
    h('span', { class: 'more' }, tiers(it), it.tone ? h('span', { class: 'tag ring' }, shape('bell', COLOURS.critical), T('ringing')) : null, takenTag(it), leadTag(it), it.drill ? h('span', { class: 'tag' }, T('drill')) : null, it.late ? h('span', { class: 'tag' }, T('late')) : null),
  )
  return entry.item
}
function draw() {
  order = sorted()
  const list = $('cases')
  order.forEach((id, at) => { const item = row(cases.get(id)); if (list.children[at] !== item) list.insertBefore(item, list.children[at] || null) })
  while (list.children.length > order.length) list.lastChild.remove()
  for (const id of rows.keys()) if (!cases.has(id)) rows.delete(id)
  $('none').hidden = order.length > 0
  const open = [...cases.values()].filter(it => it.state !== 'closed')
  const waiting = open.filter(it => it.lane === 'help' && it.state === 'ringing' && !lead(it)).length
  $('counts').textContent = [T('open')(open.length), T('criticals')(open.filter(it => it.severity === 'critical').length), T('unowned')(waiting)].join(' · ')
  document.title = `${waiting ? `(${waiting}) ` : ''}${T('brand')}`
  drawCase()
  countdowns()
  paintSoon()
}
function countdowns() {
  const at = now()
  for (const it of document.querySelectorAll('[data-due]')) {
    const rest = (Date.parse(it.dataset.due) - at) / 1000
    it.firstChild.textContent = rest < 0 ? '−' + span(-rest) : span(Math.ceil(rest))
    it.classList.toggle('soon', rest < 15)
  }
  for (const it of document.querySelectorAll('[data-eta]')) {
    const rest = (Date.parse(it.dataset.eta) - at) / 1000
    it.textContent = `${T('eta')} ${rest < 0 ? '−' : ''}${span(rest)}`
  }
  const held = !!session && order.length > 1 && frozen()
  if (wasHeld && !held) { wasHeld = false; draw() }
  wasHeld = held
  $('frozen').hidden = !held
}
let wasHeld = false
// ---------------------------------------------------------------- one case
let log = { id: null, version: 0, items: [], busy: false }, drawn = ''
function choose(id) {
  const before = selected
  selected = id
  log = { id, version: 0, items: [], busy: false }
  drawn = ''
  circle = null
  if (before && cases.get(before)?.state === 'closed') cases.delete(before)
  fetchCircle()
  draw()
  const place = cases.get(id)?.place
  if (place) lookAt(place)
  if (matchMedia('(max-width: 900px)').matches) $('case').scrollIntoView({ behavior: 'smooth', block: 'start' })
}
async function fetchLog(it) {
  if (log.busy || log.id !== it.id || log.version >= it.version) return
  log.busy = true
  try {
    for (;;) {
      const page = await ask('GET', `/cases/${it.id}/events?after=${log.version}&limit=500`)
      if (log.id !== it.id) return
      log.items.push(...page.items)
      if (page.items.length) log.version = page.items.at(-1).version
      if (!page.next || !page.items.length) break
    }
  } catch { /* the next change asks again */ } finally { log.busy = false }
  drawn = ''
  drawCase()
}
async function act(path, body) {
  const id = selected
  try {
    const answer = await ask('POST', `/cases/${id}/${path}`, body ?? {})
    if (answer?.case) { put(answer.case); draw() }
    say(T('done'))
  } catch (error) { say(`${T('failed')}: ${error.status ? error.message : T('unreachable')}`, true) }
}
function choice(label, words, preferred) {
  return h('select', { 'aria-label': label }, Object.entries(words).map(([value, word]) => h('option', { value, selected: value === preferred }, word)))
}
const fact = (word, value) => value == null || value === '' ? null : h('span', {}, h('span', { class: 'quiet' }, word + ' '), h('b', {}, String(value)))
function drawCase() {
  const it = cases.get(selected), box = $('case')
  if (!it) {
    if (drawn !== 'none' + language) { box.replaceChildren(h('h2', { id: 'case-title', class: 'quiet' }, T('pick'))); drawn = 'none' + language }
    return
  }
  fetchLog(it)
  const seen = `${language}${it.id}${it.version}:${log.version}:${people.length > 0}`
  if (seen === drawn) return
  // Somebody is choosing from a list here: it is redrawn when they are done.
  if (drawn.startsWith(`${language}${it.id}`) && document.activeElement?.tagName === 'SELECT' && box.contains(document.activeElement)) return
  drawn = seen
  const focus = document.activeElement && box.contains(document.activeElement) ? document.activeElement.dataset.act : null, scrolled = box.scrollTop
  const open = [...box.querySelectorAll('details[open]')].map(d => d.dataset.name)
  const e = it.elder
  const over = it.state === 'closed'
  box.replaceChildren(
    h('div', { class: `title ${it.severity}` }, shape(it.severity, COLOURS[it.severity]), h('h2', { id: 'case-title', tabindex: '-1' }, `${K(it.kind)} · ${subject(it)}`), h('span', { class: 'word' }, W('severity', it.severity)), h('span', { class: 'quiet' }, it.number), tiers(it), h('span', { class: 'tag' }, W('states', it.state)), takenTag(it), leadTag(it)),
    h('div', { class: 'facts' },
      fact(T('address'), e?.address || it.household?.address), fact(T('area'), it.area_name), e ? fact('', [e.age != null ? e.age + T('years') : null, ...(e.needs || []).map(n => W('needWords', n))].filter(Boolean).join(' · ')) : null,
      it.household ? fact('', T('household')(it.household.members.length)) : null,
      e && e.contact_mode !== 'voice' ? fact(T('contactMode'), W('contactModes', e.contact_mode)) : null, e && e.hearing !== 'good' ? fact(T('hearing'), W('hearings', e.hearing)) : null, e && e.lift_helpers > 1 ? fact(T('lift'), e.lift_helpers) : null,
      fact(T('opened'), clockTime(it.opened_at)), it.door_by ? fact(T('door'), clockTime(it.door_by)) : null, it.alerts > 1 ? fact(T('alerts'), it.alerts) : null,
      it.voice ? fact(T('voice'), W('voices', it.voice)) : !it.voice_path && it.lane === 'help' ? fact('', T('noVoicePath')) : null, it.outcome ? fact(T('outcome'), W('outcomes', it.outcome)) : null),
    it.plan ? h('ol', { class: 'ladder', 'aria-label': T('plan') }, h('li', { class: 'quiet' }, `${T('plan')} ${it.plan.name}`), it.plan.steps.map(s => h('li', { class: s.fired ? 'fired' : null }, `${s.fired ? '✓' : '·'} ${W('steps', s.what)} ${s.at_s < 120 ? s.at_s + T('seconds') : Math.round(s.at_s / 60) + T('minutes')}`))) : null,
    over ? null : actions(it),
    h('div', { class: 'columns' }, h('div', {}, coming(it), offers(it)), h('div', {}, h('h3', {}, T('events')), timeline())),
  )
  for (const d of box.querySelectorAll('details')) d.open = open.includes(d.dataset.name)
  if (focus) box.querySelector(`[data-act="${focus}"]`)?.focus({ preventScroll: true })
  box.scrollTop = scrolled
  countdowns()
}
function actions(it) {
  const button = (act_, text, run, style) => h('button', { type: 'button', 'data-act': act_, class: style, on: { click: run } }, text)
  const live_ = it.state !== 'resolved'
  const outcome = choice(T('outcome'), WORDS[language].outcomes, it.outcome || (it.contact ? 'helped' : it.voice === 'fine' ? 'false_alarm' : it.lane === 'service' ? 'service_done' : it.lane === 'technical' ? 'device_fault' : 'helped'))
  const proof = choice(T('proof'), WORDS[language].proofs, it.contact ? 'on_scene' : it.voice === 'fine' || it.voice === 'needs_help' ? 'voice_contact' : 'none')
  const reason = choice(T('falseAlarm'), WORDS[language].falseReasons, it.kind === 'smoke' || it.kind === 'gas' ? 'cooking' : it.kind === 'inactivity' ? 'went_out' : 'mis_press')
  const near = it.offers.filter(o => o.state === 'open' || o.state === 'ended').map(o => o.responder_id)
  const rest = people.filter(p => onDuty(p) && !near.includes(p.id)).sort((a, b) => away(a, it) - away(b, it)).slice(0, 30).map(p => p.id)
  const person = h('select', { 'aria-label': T('assignHint') }, h('option', { value: '' }, T('assignHint')), [...new Set([...near, ...rest])].map(id => h('option', { value: id }, `${who(id)}`)))
  return h('div', { class: 'actions' },
    live_ ? button('take', it.taken_by === me?.user ? T('takenByMe') : T('take'), () => act('take'), it.taken_by ? '' : 'strong') : null,
    live_ && it.lane === 'help' ? h('fieldset', {}, h('legend', {}, T('voice')), ['fine', 'needs_help', 'no_answer', 'unclear'].map(v => button('voice-' + v, W('voices', v), () => act('voice-result', { result: v }), v === 'fine' ? 'good' : ''))) : null,
    live_ && it.tier !== 'street' ? button('escalate', `${T('escalate')} → ${W('tiers', TIERS[TIERS.indexOf(it.tier) + 1])}`, () => act('escalate')) : null,
    live_ ? button('refer', T('refer120'), () => act('refer', { to: '120' }), 'grave') : null,
    (it.referrals || []).filter(r => !r.acknowledged_at).map(r => button('ack-' + r.id, T('acknowledge')(agency(r.to)), () => act(`referrals/${r.id}/acknowledge`))),
    live_ && it.lane === 'help' ? h('fieldset', {}, h('legend', {}, T('assign')), person, button('assign', T('send'), () => person.value && act('assign', { responder_id: person.value }))) : null,
    live_ ? h('fieldset', {}, h('legend', {}, T('falseAlarm')), reason, button('false', T('falseAlarm'), () => act('false-alarm', { reason: reason.value }))) : null,
    h('fieldset', {}, h('legend', {}, T('close')), outcome, proof, button('close', T('confirm'), () => act('close', { outcome: outcome.value, proof: { type: proof.value } }), 'good')),
  )
}
function coming(it) {
  if (!it.assignments.length) return null
  return h('div', {}, h('h3', {}, T('coming')), h('table', { class: 'offers' }, h('tbody', {}, it.assignments.map(a => h('tr', {}, h('td', {}, h('b', {}, a.responder_name || who(a.responder_id))), h('td', {}, W('tiers', a.tier)), h('td', {}, W('places', a.place)), h('td', {}, W('stages', a.stage)), h('td', { class: 'n' }, a.eta_at && (a.stage === 'accepted' || a.stage === 'en_route') && a.place !== 'stood_down' && a.place !== 'lost' ? h('span', { 'data-eta': a.eta_at }) : ''))))))
}
const REACH = { inside: '●', edge: '◐', outside: '○' }
const SHOWN_ELSEWHERE = /^(arrives_in_s|edge_of_circle|outside_circle|estimated_straight_line)/
const because = text => String(text || '').split(',').map(part => { const [word, value] = part.split(':'); return W('reasonWords', word.trim()) + (value ? ` ${value}` : '') }).join(language === 'zh' ? '、' : ', ')
function offers(it) {
  const head = ['name', 'tier', 'mode', 'time', 'distance', 'reach', 'reasons', 'state'].map(w => h('th', { scope: 'col' }, T(w)))
  const body = it.offers.map(o => h('tr', {}, h('td', {}, h('b', {}, o.responder_name || who(o.responder_id))), h('td', {}, W('tiers', o.tier)), h('td', {}, W('modes', o.mode)), h('td', { class: 'n' }, o.seconds == null ? '–' : (o.estimated ? '≈' : '') + span(o.seconds)), h('td', { class: 'n' }, o.meters == null ? '–' : `${o.meters} m`), h('td', {}, `${REACH[o.reach] || ''} ${W('reaches', o.reach)}`), h('td', {}, [...(o.reasons || []).filter(r => !SHOWN_ELSEWHERE.test(r)).map(because), o.estimated ? T('estimated') : null].filter(Boolean).join(language === 'zh' ? '、' : ', ')), h('td', {}, W('offerStates', o.state), o.silent && o.state === 'open' ? ` · ${T('silent')}` : '')))
  const out = new Map()
  let more = 0
  for (const e of log.items) if (e.type === 'offered' || e.type === 'nobody_found') { for (const x of e.excluded || []) out.set(x.responder, x.reason); more = Math.max(more, e.excluded_count || 0) }
  for (const o of it.offers) out.delete(o.responder_id)
  const count = Math.max(more, out.size)
  return h('div', {}, h('h3', {}, `${T('offers')} (${it.offers.length})`), it.offers.length ? h('table', { class: 'offers' }, h('thead', {}, h('tr', {}, head)), h('tbody', {}, body)) : h('p', { class: 'quiet' }, T('noOffers')),
    out.size ? h('details', { 'data-name': 'out' }, h('summary', {}, T('left')(count)), h('table', {}, h('tbody', {}, [...out].map(([id, reason]) => h('tr', {}, h('td', {}, who(id)), h('td', {}, because(reason))))))) : null)
}
const MARKS = new Set(['opened', 'tier_raised', 'lead_chosen', 'arrived', 'contact_made', 'voice_result', 'closed', 'resolved', 'untouched', 'door_late', 'no_entry', 'referred'])
function author(by) {
  if (!by || by.type === 'system' || by.type === 'responder') return ''
  return by.type === 'user' ? (by.id === me?.user ? T('you') : T('user')) : T('device')
}
function timeline() {
  // A fix on the way changes little: only the newest of a row of them is shown.
  // What was looked for shows in who was found; that nobody was found again, once is enough.
  let nobody = ''
  const shown = log.items.filter((e, n) => {
    if (e.type === 'received' || e.type === 'seeking' || e.type === 'step_fired') return false
    if (e.type === 'progressed') return log.items.slice(n + 1, n + 4).every(other => other.type !== 'progressed')
    if (e.type === 'nobody_found') { const same = nobody === String(e.steps); nobody = String(e.steps); return !same }
    if (e.type === 'offered') nobody = ''
    return true
  })
  const lines = []
  for (const e of shown) {
    const text = (WORDS[language].ev[e.type] || (() => e.type))(e), last = lines.at(-1)
    if (last?.text === text) { last.times++; last.at = e.at } else lines.push({ text, times: 1, at: e.at, mark: MARKS.has(e.type), by: author(e.by) })
  }
  return h('ol', { id: 'timeline' }, lines.reverse().map(it => h('li', { class: it.mark ? 'mark' : null }, h('time', { datetime: it.at }, clockTime(it.at)), h('span', {}, it.text, it.times > 1 ? ` ×${it.times}` : '', it.by ? h('span', { class: 'by' }, ' · ' + it.by) : null))))
}

// ---------------------------------------------------------------- the map
const canvas = $('canvas'), pen = canvas.getContext('2d')
const view = { lat: 39.38, lon: 117.06, scale: 9000, own: false }
let roads = null, circle = null, painting = false
const xy = (lat, lon) => [canvas.clientWidth / 2 + (lon - view.lon) * Math.cos(view.lat * Math.PI / 180) * view.scale, canvas.clientHeight / 2 - (lat - view.lat) * view.scale]
function unfold(line, scale) {
  const points = []
  let lon = 0, lat = 0
  for (let n = 0; n + 1 < line.length; n += 2) { lon += line[n]; lat += line[n + 1]; points.push([lon / scale, lat / scale]) }
  return points
}
async function fetchRoads() {
  try {
    const it = await ask('GET', '/roads/lines')
    roads = { major: it.major.map(l => unfold(l, it.scale)), minor: it.minor.map(l => unfold(l, it.scale)), paths: it.paths.map(l => unfold(l, it.scale)), water: it.water.map(l => unfold(l, it.scale)), bounds: it.bounds }
    if (roads.bounds && !view.own) wholeMap()
    paintSoon()
  } catch { setTimeout(() => session && fetchRoads(), 5000) }
}
function wholeMap() {
  if (!roads?.bounds) return
  const [west, south, east, north] = roads.bounds, squeeze = Math.cos((south + north) / 2 * Math.PI / 180)
  view.lat = (south + north) / 2; view.lon = (west + east) / 2
  view.scale = 0.96 * Math.min(canvas.clientWidth / ((east - west) * squeeze), canvas.clientHeight / (north - south))
  paintSoon()
}
function lookAt(place) {
  view.lat = place.lat; view.lon = place.lon; view.own = true
  const metres = 2600 / 111195
  view.scale = Math.max(view.scale, Math.min(canvas.clientWidth, canvas.clientHeight) / metres)
  if (roads?.bounds) {
    // No more of the emptiness around the town than there must be.
    const [west, south, east, north] = roads.bounds, margin = 0.0025
    const half = { lat: canvas.clientHeight / 2 / view.scale - margin, lon: canvas.clientWidth / 2 / view.scale / Math.cos(place.lat * Math.PI / 180) - margin }
    const hold = (value, low, high) => low > high ? (low + high) / 2 : Math.min(high, Math.max(low, value))
    view.lat = hold(view.lat, south + half.lat, north - half.lat)
    view.lon = hold(view.lon, west + half.lon, east - half.lon)
  }
  paintSoon()
}
async function fetchCircle() {
  const id = selected, place = cases.get(id)?.place
  if (!place) { circle = null; paintSoon(); return }
  try {
    const it = await ask('GET', `/circles?lat=${place.lat}&lon=${place.lon}&crs=wgs84&minutes=15&mode=${$('mode').value}`)
    if (id === selected) { circle = it; paintSoon() }
  } catch { circle = null }
}
async function fetchPeople() {
  if (session && !document.hidden) {
    try {
      people = await pages('/responders')
      for (const it of people) names.set(it.id, it.name)
      if (drawn && !drawn.endsWith('true')) drawCase()
      paintSoon()
    } catch { /* the last picture stays; the red bar says when the line is cut */ }
  }
}
const onDuty = p => p.on_duty
const spot = p => p.position && (p.position.fresh || !p.base) ? p.position : p.base || null
const away = (p, it) => { const s = spot(p); return s && it.place ? Math.hypot(s.lat - it.place.lat, (s.lon - it.place.lon) * 0.77) : Infinity }
function paintSoon() { if (!painting) { painting = true; requestAnimationFrame(() => { painting = false; paint() }) } }
function stroke(lines, width, colour, reach) {
  pen.lineWidth = width; pen.strokeStyle = colour; pen.beginPath()
  for (const line of lines) {
    let [x, y] = xy(line[0][1], line[0][0])
    const [x2, y2] = xy(line[line.length - 1][1], line[line.length - 1][0])
    if ((x < -reach && x2 < -reach) || (y < -reach && y2 < -reach) || (x > canvas.clientWidth + reach && x2 > canvas.clientWidth + reach) || (y > canvas.clientHeight + reach && y2 > canvas.clientHeight + reach)) continue
    pen.moveTo(x, y)
    for (let n = 1; n < line.length; n++) { [x, y] = xy(line[n][1], line[n][0]); pen.lineTo(x, y) }
  }
  pen.stroke()
}
function mark(kind, x, y, size, fill, edge) {
  pen.save(); pen.translate(x - size / 2, y - size / 2); pen.scale(size / 24, size / 24)
  const path = new Path2D(SHAPES[kind])
  pen.lineWidth = 5; pen.strokeStyle = '#fff'; pen.lineJoin = 'round'; pen.stroke(path)
  pen.fillStyle = fill; pen.fill(path)
  if (edge) { pen.lineWidth = 3; pen.strokeStyle = edge; pen.stroke(path) }
  pen.restore()
}
function label(text, x, y, colour) {
  pen.font = '600 12px system-ui, "Noto Sans CJK SC", sans-serif'; pen.textAlign = 'center'
  pen.lineWidth = 4; pen.strokeStyle = '#ffffffe6'; pen.lineJoin = 'round'; pen.strokeText(text, x, y)
  pen.fillStyle = colour; pen.fillText(text, x, y)
}
/** The edge of the circle. A yard between reached streets is no hole in it: only holes wider than 400 m are drawn. */
function outline() {
  for (const polygon of circle.features?.[0]?.geometry?.coordinates || []) polygon.forEach((ring, number) => {
    const lons = ring.map(p => p[0]), lats = ring.map(p => p[1])
    const wide = Math.max((Math.max(...lons) - Math.min(...lons)) * 0.77, Math.max(...lats) - Math.min(...lats)) * 111195
    if (wide < (number ? 400 : 120)) return
    ring.forEach(([lon, lat], n) => { const [x, y] = xy(lat, lon); n ? pen.lineTo(x, y) : pen.moveTo(x, y) })
    pen.closePath()
  })
}
function paint() {
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight
  if (!width || !height) return
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio) }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  pen.fillStyle = '#e6eae3'; pen.fillRect(0, 0, width, height)
  pen.lineCap = 'round'; pen.lineJoin = 'round'
  const metre = view.scale / 111195
  if (circle) {
    pen.beginPath()
    outline()
    pen.fillStyle = '#2f74b526'; pen.fill('evenodd')
  }
  if (roads) {
    stroke(roads.water, Math.max(4, 60 * metre), '#9cc7e6', 300)
    if (metre > 0.12) stroke(roads.paths, Math.max(0.7, 2.5 * metre), '#cdd4cb', 60)
    stroke(roads.minor, Math.max(2, 8 * metre) + 1.2, '#b3beb5', 300)
    stroke(roads.major, Math.max(3, 15 * metre) + 1.4, '#c7a75a', 300)
    stroke(roads.minor, Math.max(2, 8 * metre), '#ffffff', 300)
    stroke(roads.major, Math.max(3, 15 * metre), '#fbe7ae', 300)
  }
  if (circle) {
    pen.beginPath()
    outline()
    pen.lineWidth = 2.5; pen.setLineDash([8, 5]); pen.strokeStyle = '#2f74b5'; pen.stroke(); pen.setLineDash([])
  }
  const it = cases.get(selected)
  const goes = new Map(), asked = new Set(it ? it.offers.filter(o => o.state === 'open').map(o => o.responder_id) : [])
  for (const one of cases.values()) for (const a of one.assignments || []) if (['provisional', 'lead', 'backup'].includes(a.place) && a.stage !== 'done') goes.set(a.responder_id, [a, one])
  for (const p of people) {
    const at = spot(p)
    if (!at) continue
    const [x, y] = xy(at.lat, at.lon), kind = SHAPES[p.mode] ? p.mode : 'walk', on = onDuty(p)
    if (!on && !goes.has(p.id)) { mark(kind, x, y, 8, '#fff', COLOURS.off); continue }
    if (goes.has(p.id)) {
      const [, target] = goes.get(p.id)
      if (target.place) { const [tx, ty] = xy(target.place.lat, target.place.lon); pen.beginPath(); pen.moveTo(x, y); pen.lineTo(tx, ty); pen.lineWidth = 1.5; pen.setLineDash([3, 5]); pen.strokeStyle = COLOURS.coming; pen.stroke(); pen.setLineDash([]) }
      mark(kind, x, y, 18, COLOURS.coming); label(p.name, x, y - 13, COLOURS.coming)
    } else if (asked.has(p.id)) { mark('ring', x, y, 22, COLOURS.asked); mark(kind, x, y, 12, COLOURS.free); label(p.name, x, y - 14, '#7a3d00') } else mark(kind, x, y, 10, COLOURS.free)
  }
  for (const one of [...cases.values()].sort((a, b) => RANK[b.severity] - RANK[a.severity])) {
    if (!one.place || one.state === 'closed') continue
    const [x, y] = xy(one.place.lat, one.place.lon), mine = one.id === selected
    if (one.lane === 'technical' && !mine) { mark('technical', x, y, 10, COLOURS.technical); continue }
    if (mine) { pen.beginPath(); pen.arc(x, y, 20, 0, 7); pen.lineWidth = 3; pen.strokeStyle = COLOURS[one.severity]; pen.stroke() }
    mark(one.severity, x, y, mine ? 24 : 18, COLOURS[one.severity])
    if (mine || one.severity === 'critical') label(`${K(one.kind)} #${one.number.slice(-4)}`, x, y + (mine ? 36 : 24), COLOURS[one.severity])
  }
  canvas.setAttribute('aria-label', `${T('map')}: ${$('counts').textContent}`)
}
let drag = null
canvas.addEventListener('pointerdown', e => { drag = { x: e.clientX, y: e.clientY, far: 0 }; canvas.setPointerCapture(e.pointerId) })
canvas.addEventListener('pointermove', e => {
  if (!drag) return
  const dx = e.clientX - drag.x, dy = e.clientY - drag.y
  drag.far += Math.abs(dx) + Math.abs(dy); drag.x = e.clientX; drag.y = e.clientY
  view.lon -= dx / view.scale / Math.cos(view.lat * Math.PI / 180); view.lat += dy / view.scale; view.own = true
  paintSoon()
})
canvas.addEventListener('pointerup', e => {
  const click = drag && drag.far < 5
  drag = null
  if (!click) return
  const box = canvas.getBoundingClientRect()
  let best = null
  for (const it of cases.values()) if (it.place) { const [x, y] = xy(it.place.lat, it.place.lon), far = Math.hypot(x - (e.clientX - box.left), y - (e.clientY - box.top)); if (far < 22 && (!best || far < best[0])) best = [far, it.id] }
  if (best) choose(best[1])
})
canvas.addEventListener('pointercancel', () => { drag = null })
const zoom = by => { view.scale = Math.min(4e6, Math.max(800, view.scale * by)); view.own = true; paintSoon() }
canvas.addEventListener('wheel', e => { e.preventDefault(); zoom(e.deltaY < 0 ? 1.2 : 1 / 1.2) }, { passive: false })
canvas.addEventListener('keydown', e => {
  const step = 60 / view.scale, moves = { ArrowUp: [step, 0], ArrowDown: [-step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }
  if (moves[e.key]) { view.lat += moves[e.key][0]; view.lon += moves[e.key][1]; view.own = true } else if (e.key === '+' || e.key === '=') zoom(1.2); else if (e.key === '-') zoom(1 / 1.2); else return
  e.preventDefault(); paintSoon()
})
$('nearer').onclick = () => zoom(1.4)
$('farther').onclick = () => zoom(1 / 1.4)
$('whole').onclick = () => { view.own = false; wholeMap() }
$('mode').onchange = fetchCircle
new ResizeObserver(() => { if (!view.own) wholeMap(); paintSoon() }).observe(canvas)

// ---------------------------------------------------------------- doors
function speak() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  for (const it of document.querySelectorAll('[data-text]')) it.textContent = T(it.dataset.text)
  for (const it of document.querySelectorAll('[data-label]')) it.setAttribute('aria-label', T(it.dataset.label))
  $('brand').textContent = T('brand'); $('language').textContent = T('other'); $('leave').textContent = session ? `${T('signOut')} (${session.username || ''})` : ''
  document.title = T('brand')
  const mode = $('mode').value || 'ebike'
  $('mode').replaceChildren(...Object.entries(WORDS[language].modes).map(([value, word]) => h('option', { value, selected: value === mode }, word)))
  const legend = WORDS[language].legend
  $('legend').replaceChildren(
    ...['critical', 'urgent', 'routine'].map(s => h('li', {}, shape(s, COLOURS[s]), W('severity', s))),
    h('li', {}, shape('walk', COLOURS.free), legend.walk), h('li', {}, shape('ebike', COLOURS.free), legend.ebike), h('li', {}, shape('car', COLOURS.free), legend.car),
    h('li', {}, shape('ebike', COLOURS.coming), legend.coming), h('li', {}, shape('ring', COLOURS.asked), legend.asked), h('li', {}, shape('walk', COLOURS.off), legend.off))
  status()
  if (session) { drawn = ''; draw() }
}
function enter() {
  $('door').hidden = true; $('desk').hidden = false; $('leave').hidden = false
  link = 'wait'
  heardAt = Date.now() // a line that never comes up is a cut line
  speak(); connect(); fetchPeople(); if (!roads) fetchRoads()
}
function leave() {
  keep(null)
  const it = socket
  socket = null; it?.close()
  cases.clear(); rows.clear(); people = []; names.clear(); cursor = null; selected = null; me = null; heardAt = 0; drawn = ''
  $('cases').replaceChildren(); $('case').replaceChildren(); $('counts').textContent = ''
  $('desk').hidden = true; $('door').hidden = false; $('leave').hidden = true
  link = 'wait'; speak(); $('link').textContent = ''
}
$('signin').addEventListener('submit', async event => {
  event.preventDefault()
  const form = new FormData(event.target), username = form.get('username').trim()
  $('refused').textContent = ''
  try {
    const answer = await fetch('/api/v1/auth/token', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: form.get('password') }) })
    if (!answer.ok) { $('refused').textContent = answer.status < 500 ? T('badLogin') : T('unreachable'); return }
    keep({ username, ...(await answer.json()) })
    const self = await ask('GET', '/auth/me')
    if (!['admin', 'duty_leader', 'dispatcher', 'auditor'].includes(self.role)) { keep(null); $('refused').textContent = T('noDesk'); return }
    event.target.reset()
    enter()
  } catch { $('refused').textContent = T('unreachable') }
})
$('leave').addEventListener('click', () => { ask('POST', '/auth/logout', {}).catch(() => {}); leave() })
$('language').addEventListener('click', () => { language = language === 'zh' ? 'en' : 'zh'; sessionStorage.setItem('language', language); speak(); paintSoon() })
setInterval(fetchPeople, 3000)
setInterval(paintSoon, 1000)
speak()
if (session) enter(); else leave()
