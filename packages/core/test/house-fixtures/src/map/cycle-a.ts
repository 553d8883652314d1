// rooms: no-cycle

import { b } from './cycle-b.js'

export const a = (n: number): number => (n === 0 ? 0 : b(n - 1))
