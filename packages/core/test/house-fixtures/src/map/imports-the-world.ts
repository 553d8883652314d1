// rooms: room-map

import { seam } from '../node/good.js'

export const wait = seam.after
