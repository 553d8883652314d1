// rooms: room-link

import type { Stored } from '../map/good.js'

export const keyOf = (stored: Stored): string => stored.key
