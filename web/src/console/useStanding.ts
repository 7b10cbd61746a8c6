// Where somebody stands in a case, in words that claim no more than the service knows.
import type { Assignment } from '../shared/api/client'
import { useWords } from '../shared/i18n/words'
import { isActive, isUnconfirmed, wasThere } from './people'

export function useStanding() {
  const { t, word } = useWords()

  function stage(it: Assignment): string {
    return isUnconfirmed(it) ? t('people.unconfirmed') : word('stage', it.stage)
  }
  /** Place and stage. The end of a case stands everybody down: of whoever was there it says what they did. */
  function standing(it: Assignment): string[] {
    if (isActive(it)) return [word('place', it.place), stage(it)]
    if (it.stage === 'done') return [word('stage', 'done')]
    if (it.place === 'lost' && !wasThere(it)) return [t('people.lostLead')]
    if (wasThere(it)) return [word('stage', it.stage), t('people.released')]
    return it.stage === 'en_route' ? [word('place', it.place), t('people.wasOnTheWay')] : [word('place', it.place)]
  }
  return { stage, standing }
}
