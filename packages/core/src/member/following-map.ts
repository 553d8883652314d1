/** A map of the application that stays the same while the member behind it comes to another cluster. */

import type { EmbeddedMap } from '../map/data-map.js'

export const followingMap = (current: () => EmbeddedMap): EmbeddedMap =>
  new Proxy(current(), {
    get: (_, name) => {
      const map = current()
      const found: unknown = Reflect.get(map, name)
      return typeof found === 'function' ? (found.bind(map) as unknown) : found
    },
  })
