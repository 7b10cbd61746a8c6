// Where the phone is, asked once: a visit is proved by it, and a round begins there. It goes out with that and at no other time.
import type { Fix } from './useVisits'

export function locate(): Promise<Fix> {
  return new Promise((done, failed) => {
    if (!('geolocation' in navigator)) return failed(new Error('no position'))
    navigator.geolocation.getCurrentPosition(it => done({ lat: it.coords.latitude, lon: it.coords.longitude, accuracy: it.coords.accuracy }), failed, { enableHighAccuracy: true, maximumAge: 0, timeout: 12_000 })
  })
}
