// rooms: resolvable

// @ts-expect-error there is no such file
import { nowhere } from './nowhere.js'

export const somewhere: unknown = nowhere
