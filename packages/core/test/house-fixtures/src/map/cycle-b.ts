// good: the cycle is reported at its other file

import { a } from './cycle-a.js'

export const b = (n: number): number => (n === 0 ? 1 : a(n - 1))
