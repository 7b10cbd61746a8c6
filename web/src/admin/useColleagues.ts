// Names behind the ids of accounts.
import { shallowRef } from 'vue'
import { api, body } from '../shared/api/client'
import { useSession } from '../shared/api/session'

const names = shallowRef<Record<string, string>>({})
let asked = false
export function useColleagues() {
  const session = useSession()
  if (!asked) {
    asked = true
    body(api.GET('/api/v1/colleagues')).then(it => { names.value = Object.fromEntries(it.items.map(one => [one.user_id, one.username])) }, () => { asked = false })
  }
  return { name: (id: string) => (id === session.me?.user_id ? session.me.username : names.value[id] ?? id.slice(-6)) }
}
