// rooms: world-through-env

import { hostname } from 'node:os'

export const host = hostname()
