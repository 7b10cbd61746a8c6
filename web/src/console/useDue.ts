// What is due next, in words: the next step of a ladder that has no higher tier is a step and no rise.
import type { CaseView } from '../shared/api/client'
import { useWords } from '../shared/i18n/words'

export function useDue() {
  const { t, word } = useWords()
  function dueWord(it: CaseView): string {
    if (it.next_due_kind === 'step' && it.tier === 'street') return t(it.kind === 'follow_up' || it.kind === 'welfare_review' ? 'queue.callDue' : 'queue.stepDue')
    return word('clock', it.next_due_kind)
  }
  return { dueWord }
}
