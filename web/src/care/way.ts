// The way to the door in the map somebody has on the phone. Only where it is goes along, never whose door it is.
import gcoord from 'gcoord'

export type MapApp = 'amap' | 'baidu' | 'tencent' | 'geo'
export const MAP_APPS: readonly MapApp[] = ['amap', 'baidu', 'tencent', 'geo']
export type Mode = 'walk' | 'ebike' | 'car'
/** WGS-84 degrees. */
export interface Place { lat: number, lon: number }

const MODE: Record<Exclude<MapApp, 'geo'>, Record<Mode, string>> = {
  amap: { walk: 'walk', ebike: 'ride', car: 'car' },
  baidu: { walk: 'walking', ebike: 'riding', car: 'driving' },
  tencent: { walk: 'walk', ebike: 'bike', car: 'drive' },
}
/** Who asks: Baidu refuses without it, the others take it. */
const ASKER = 'eldercare-dispatch'
/** A degree is 111 km: six decimals are 11 cm. */
const degrees = (it: number) => it.toFixed(6)

/** The address that opens the way from where one stands to `to`; `label` is what the map calls the place. */
export function wayTo(app: MapApp, to: Place, mode: Mode, label: string, from?: Place): string {
  const name = encodeURIComponent(label)
  switch (app) {
    case 'amap':
      return `https://uri.amap.com/navigation?to=${degrees(to.lon)},${degrees(to.lat)},${name}&mode=${MODE.amap[mode]}&coordinate=wgs84&callnative=1&src=${ASKER}`
    case 'baidu': {
      const there = `${degrees(to.lat)},${degrees(to.lon)}`
      // Without a start there is no route, only the place.
      if (!from) return `https://api.map.baidu.com/marker?location=${there}&title=${name}&content=${name}&coord_type=wgs84&output=html&src=webapp.${ASKER}`
      const pin = (at: string, what: string) => encodeURIComponent(`latlng:${at}|name:${what}`)
      return `https://api.map.baidu.com/direction?origin=${pin(`${degrees(from.lat)},${degrees(from.lon)}`, '.')}&destination=${pin(there, label)}&mode=${MODE.baidu[mode]}&coord_type=wgs84&output=html&src=webapp.${ASKER}`
    }
    case 'tencent': {
      // This one knows GCJ-02 only; unconverted it would be half a kilometre off.
      const [lon, lat] = gcoord.transform([to.lon, to.lat], gcoord.WGS84, gcoord.GCJ02) as [number, number]
      return `https://apis.map.qq.com/uri/v1/routeplan?type=${MODE.tencent[mode]}&to=${name}&tocoord=${degrees(lat)},${degrees(lon)}&policy=0&referer=${ASKER}`
    }
    case 'geo': {
      const there = `${degrees(to.lat)},${degrees(to.lon)}`
      return `geo:${there}?q=${there}(${name})`
    }
  }
}
