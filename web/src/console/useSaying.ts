// What a record of a log says, as people read it, and who did it.
import { useI18n } from 'vue-i18n'
import { useWords } from '../shared/i18n/words'
import { span } from '../shared/time/span'
import type { LogRecord } from './course'
import { useDesk } from './useDesk'
import { useRegister } from './useRegister'
import en from './i18n/later/en.json'
import zh from './i18n/later/zh-CN.json'

export function useSaying() {
  const { t, te, mergeLocaleMessage } = useI18n()
  // Words that only a course says come with it.
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
  const { word, list } = useWords()
  const desk = useDesk()
  const register = useRegister()

  function names(ids: unknown): string {
    return list(((ids as string[] | undefined) ?? []).map(register.name))
  }
  function say(e: LogRecord): string {
    const text = (it: unknown) => (typeof it === 'string' ? it : '')
    const eta = typeof e.eta_s === 'number' ? t('ev.eta', { t: span(e.eta_s) }) : ''
    const who = e.type === 'stood_down' ? names(e.responders)
      : e.type === 'offered' ? list(((e.offers as { responder: string }[] | undefined) ?? []).map(o => register.name(o.responder)))
        : register.name(text(e.responder))
    const target = text(e.target)
    const whom = target.startsWith('resp_') ? register.name(target) : target.startsWith('contact_') ? t('ev.one_contact') : te(`ev.${target}`) ? t(`ev.${target}`) : target
    const proof = (e.proof as { type?: string } | undefined)?.type
    const type = e.type === 'recovered' && e.within ? 'recovered_within' : e.type === 'referral_answered' ? `referral_answered_${text(e.answer)}` : e.type
    const key = te(`ev.${type}`) ? `ev.${type}` : 'ev.other'
    let said = t(key, {
      type: e.type, who, eta, kind: word('kind', text(e.kind)), severity: word('severity', text(e.severity)), step: word('step', text(e.step)), tier: word('tier', text(e.tier)),
      why: word('why', text(e.why)), steps: list(((e.steps as string[] | undefined) ?? []).map(s => word('step', s))), reason: e.type === 'declined' ? word('reason', text(e.reason)) : word('falseReason', text(e.reason)),
      whom: e.type === 'help_rated' ? word('askedWhom', text(e.said_by)) : te(`ev.${text(e.whom)}`) ? t(`ev.${text(e.whom)}`) : text(e.whom), round: String(e.round ?? ''), what: e.type === 'help_rated' ? word('satisfaction', text(e.satisfaction)) : e.type === 'family_said' ? word('familySaid', text(e.said)) : word(e.type === 'followed_up' ? 'aftercare' : 'voice', text(e.result)), to: e.type === 'severity_changed' ? word('severity', text(e.to)) : word('agency', text(e.to)),
      target: whom, channel: text(e.channel), right: e.type === 'photographed' ? t(`photo.${text(e.consent)}`) : '', outcome: word('outcome', text(e.outcome)), proof: word('proof', proof),
    })
    if (e.type === 'lead_chosen') {
      if ((e.backups as string[]).length) said += t('ev.lead_backups', { who: names(e.backups) })
      if ((e.stood_down as string[]).length) said += t('ev.lead_stood_down', { who: names(e.stood_down) })
    }
    return said
  }
  function author(e: LogRecord): string {
    switch (e.by.type) {
      case 'user': return t(e.by.id === desk.mine ? 'course.you' : 'course.desk')
      case 'device': return e.type === 'opened' || e.type === 'joined' ? t('course.device') : ''
      case 'responder': return ''
      case 'family': return ''
      case 'system': return ''
      case 'call': return t('course.call')
      default: return ''
    }
  }
  return { say, author }
}
