// rooms: no-unknown-room

import { limit } from '../base/good.js'

export const old = limit
