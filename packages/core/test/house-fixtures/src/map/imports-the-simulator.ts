// rooms: product-stands-alone

import { seed } from '../../sim/good.js'

export const start = seed
