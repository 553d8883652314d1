// rooms: room-map

import { moved } from '../migration/good.js'

export const arrived = moved + 1
