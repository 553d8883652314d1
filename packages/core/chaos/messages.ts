/** What the processes of a chaos run say to each other. */

import type { Action, Result } from '../sim/history.js'

export type Ask =
  | { readonly id: number; readonly type: 'call'; readonly map: string; readonly key: string; readonly action: Action }
  /** How the cluster looks to this member. Of members only. */
  | { readonly id: number; readonly type: 'look' }
  /** Keeps the event loop busy for so long. Of members only. */
  | { readonly id: number; readonly type: 'stall'; readonly forMs: number }
  /** Leaves in good order, and ends the process. */
  | { readonly id: number; readonly type: 'leave' }

/** `Ask` without its number. */
export type Request = Ask extends infer A ? (A extends { readonly id: number } ? Omit<A, 'id'> : never) : never

export interface Look {
  readonly safe: boolean
  readonly stateVersion: number
  readonly members: number
}

export type Told =
  | { readonly type: 'started'; readonly clusterName: string; readonly backupCount: number }
  | { readonly type: 'failed'; readonly text: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: Result | Look }
  | { readonly type: 'error'; readonly id: number; readonly code: string; readonly isUndone: boolean }

/** The calls of the map that chaos makes; the embedded member and Hazelcast's client both have them. */
export interface ChaosMap {
  get(key: string): Promise<string | null>
  put(key: string, value: string): Promise<string | null>
  set(key: string, value: string): Promise<unknown>
  putIfAbsent(key: string, value: string): Promise<string | null>
  replaceIfSame(key: string, expected: string, value: string): Promise<boolean>
  remove(key: string): Promise<string | null>
}

/** Undefined: the answer says nothing of the entry. */
export async function callMap(map: ChaosMap, key: string, action: Action): Promise<Result> {
  switch (action.name) {
    case 'get':
      return map.get(key)
    case 'put':
      return map.put(key, action.value)
    case 'putIfAbsent':
      return map.putIfAbsent(key, action.value)
    case 'replaceIfSame':
      return map.replaceIfSame(key, action.expected, action.value)
    case 'remove':
      return map.remove(key)
    case 'set':
      await map.set(key, action.value)
      return undefined
    default:
      throw new Error(`chaos makes no ${action.name}`)
  }
}
