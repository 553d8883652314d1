/** One copy of a group with one map, without a member around it: an owner with a backup, or that backup. */

import { groupId, type MemberId, memberId } from '../../../src/base/ids.js'
import { TextCache } from '../../../src/codec/text-cache.js'
import { Writer } from '../../../src/codec/writer.js'
import { unassignedGroup } from '../../../src/control/apply-group.js'
import type { GroupRecord, MapSettings } from '../../../src/control/cluster-state.js'
import type { CopyHost } from '../../../src/operation/copy.js'
import { Replica, type ReplicaHost } from '../../../src/operation/replica.js'
import { type OpName, opCode, type Result } from '../../../src/operation/request.js'
import { blob, Fixture } from '../map/map-fixture.js'

export const [owner, backup] = ['owner', 'backup'].map(memberId) as [MemberId, MemberId]

/** A member, as an owner under a lease sees it, that sends nothing. */
export function leasedHost(more: Partial<CopyHost> = {}): CopyHost {
  const nothing = () => {}
  const asked = {
    self: owner,
    scratch: new Writer(64),
    nowMs: () => 0,
    wallMs: () => 0,
    hasLease: () => true,
    readsByLease: () => true,
    backupsRequired: () => 1,
    backlogBytes: () => 0,
    sentBytes: () => 0,
    sendRecords: nothing,
    sendCommit: nothing,
  }
  return { ...asked, ...more } as unknown as CopyHost
}

export class CopyFixture {
  readonly map: Fixture
  readonly replica: Replica
  /** What was answered, in order: results, and codes of errors. */
  readonly answers: unknown[] = []
  nowMs = 0
  hasLease = true
  #config: GroupRecord
  #numbers = 0

  constructor(self: MemberId, settings: Partial<MapSettings> = {}) {
    this.map = new Fixture(settings)
    const nothing = () => {}
    const host: ReplicaHost = {
      self,
      scratch: new Writer(64),
      sessionNames: new TextCache(),
      nowMs: () => this.nowMs,
      wallMs: () => this.map.wallMs,
      hasLease: () => this.hasLease,
      readsByLease: () => this.hasLease,
      confirmAlone: nothing,
      backupsRequired: () => 1,
      backupAckTimeoutMs: Number.POSITIVE_INFINITY,
      lockWaitMs: 1_000,
      readsBackups: () => false,
      propose: nothing,
      sendRecords: nothing,
      sendCommit: nothing,
      sendConfirm: nothing,
      sendAck: nothing,
      sendRefusal: nothing,
      sendStale: nothing,
      sendOffer: nothing,
      sendFreshAsk: nothing,
      startSnapshot: nothing,
      backlogBytes: () => 0,
      sentBytes: () => 0,
      wake: nothing,
    }
    this.#config = { ...unassignedGroup, epoch: 1, version: 1, primary: owner, inSync: [owner, backup], status: 'ok' }
    this.replica = new Replica(groupId(0), host, this.map.data, this.#config)
    this.replica.adopt(this.#config)
  }

  /** The cluster state says something else of the group. */
  adopt(change: Partial<GroupRecord>): void {
    this.#config = { ...this.#config, version: this.#config.version + 1, ...change }
    this.replica.adopt(this.#config)
  }

  /** A call for a holder of locks, in a session of that name. */
  ask(op: OpName, key: string, { by = '', waitMs = -1, value = 'v' } = {}): void {
    const caller = { endpoint: by, threadId: 1, referenceId: 0, waitMs }
    const rest = { expected: null, ttlMs: -1, maxIdleMs: -1, items: [], caller }
    const request = { op: opCode[op], mapId: 3, key: blob(key), value: blob(value), ...rest }
    const invocation = { session: by, number: ++this.#numbers, ackedBelow: 0, open: [] }
    this.replica.execute(
      request,
      invocation,
      (error, result) => void this.answers.push(error === null ? shown(result) : error.code),
    )
  }

  /** The backup has logged so much. */
  ack(seq = this.replica.log.lastSeq): void {
    this.replica.primary?.feed.onAck(backup, seq)
    this.replica.drive()
  }

  /** The answers since the last time. */
  told(): unknown[] {
    return this.answers.splice(0)
  }
}

/** Tokens of locks are some number. */
const shown = (result: Result): unknown => (typeof result === 'number' ? 'token' : result)
