/**
 * What no client can see, and has to hold at every moment of a run in which nothing may be lost:
 * - `agree`: whatever two copies hold for committed at one place of a group's log is one and the same record (I2, I9).
 * - `complete`: whoever is in sync, by the newest configuration that anybody follows, has every committed record (I3 to I6).
 */

import type { GroupRecord } from '../src/control/cluster-state.js'
import { GroupMaps } from '../src/map/group-maps.js'
import type { LogRecord } from '../src/operation/record.js'
import { Replica } from '../src/operation/replica.js'
import type { Violation } from './checkers.js'
import { allOf, type Method, replaced } from './replaced.js'

const VIOLATIONS_MAX = 3

interface Watched {
  /** By member; that of a dead one stays as it was. */
  readonly copies: Map<string, Replica>
  /** Epochs of the committed records, by sequence. */
  readonly committed: Map<number, number>
  newest: GroupRecord | null
  last: number
}

export class Invariants {
  readonly violations: Violation[] = []
  readonly #groups = new Map<number, Watched>()
  readonly #copyOf = new WeakMap<object, Replica>()

  /** Looks on until the function returned is called. */
  install(): () => void {
    const onFollow = (copy: Replica): void => this.#follow(copy)
    const onCommit = (data: GroupMaps, record: LogRecord): void => this.#onCommit(data, record)
    const follow = (original: Method): Method => {
      return function (this: Replica, ...args) {
        original.apply(this, args)
        onFollow(this)
      }
    }
    return allOf([
      replaced(Replica.prototype, 'adopt', follow),
      replaced(Replica.prototype, 'install', follow),
      replaced(GroupMaps.prototype, 'commit', original => {
        return function (this: GroupMaps, record: LogRecord, serving: boolean) {
          onCommit(this, record)
          return original.call(this, record, serving)
        }
      }),
    ])
  }

  #watched(group: number): Watched {
    let watched = this.#groups.get(group)
    if (watched === undefined) {
      watched = { copies: new Map(), committed: new Map(), newest: null, last: 0 }
      this.#groups.set(group, watched)
    }
    return watched
  }

  #follow(copy: Replica): void {
    const watched = this.#watched(copy.group)
    watched.copies.set(copy.host.self, copy)
    this.#copyOf.set(copy.data, copy)
    const { newest } = watched
    if (newest !== null && newest.version >= copy.config.version) return
    watched.newest = copy.config
    this.#checkComplete(copy.group, watched)
  }

  #onCommit(data: GroupMaps, { seq, epoch }: LogRecord): void {
    const copy = this.#copyOf.get(data)
    if (copy === undefined) return
    const watched = this.#watched(copy.group)
    const known = watched.committed.get(seq)
    if (known !== undefined && known !== epoch)
      this.#violate(
        'agree',
        `group ${copy.group}: record ${seq} is of epoch ${known} to some and of epoch ${epoch} to ${copy.host.self}`,
      )
    if (known !== undefined) return
    watched.committed.set(seq, epoch)
    watched.last = Math.max(watched.last, seq)
    this.#checkComplete(copy.group, watched)
  }

  #checkComplete(group: number, { newest, copies, committed, last }: Watched): void {
    if (newest === null || newest.status !== 'ok' || last === 0) return
    for (const member of newest.inSync) {
      const log = copies.get(member)?.log
      const has = log !== undefined && log.lastSeq >= last && (last <= log.base.seq || log.epochAt(last) === committed.get(last))
      if (has) continue
      const holds = log === undefined ? 'nothing' : `up to ${log.lastSeq}`
      this.#violate('complete', `group ${group}: ${member} is in sync in version ${newest.version}, and has ${holds} of ${last}`)
    }
  }

  #violate(promise: 'agree' | 'complete', text: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push({ promise, text })
  }
}
