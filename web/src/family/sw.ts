// The family's page while it is closed: notifications, and nothing else. It keeps no file and answers no request.
import { isPushed, type PushWorker } from '../shared/push/worker'

const worker = globalThis as unknown as PushWorker & { addEventListener(type: 'activate', heard: (event: { waitUntil(it: Promise<unknown>): void }) => void): void, clients: { claim(): Promise<void> } }

worker.addEventListener('activate', event => event.waitUntil(worker.clients.claim()))
isPushed(worker, 'family', undefined, (subscription, device) => {
  const { endpoint, keys } = subscription.toJSON()
  // The session's cookie goes along to addresses of our own.
  return fetch('/api/v1/family/push-subscriptions', { method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ device, endpoint, keys }) })
})
