/**
 * The member protocol: one row per message between members. Encoder, decoder and type come from the row.
 * Codes are on the wire: never reuse one; a changed layout gets a new version of the protocol.
 */

import { bool, bytes, i64, list, type MessageOf, optional, record, row, string, u32 } from '../codec/row.js'

/** First bytes of a connection between members. */
export const memberPrefix = 'CBN'

/** Members of different versions refuse each other at the handshake. */
export const memberProtocolVersion = 1

const position = { seq: i64, epoch: u32 }

export const memberTable = {
  // the handshake: the one who dials says who it is, the other accepts or refuses
  hello: row(0x0001, 1, {
    protocolVersion: u32,
    clusterName: string,
    clusterId: string,
    partitionCount: u32,
    leaseMs: u32,
    from: string,
    host: string,
    port: u32,
    /** The dialled member expected to find this one; empty = whoever is there. */
    to: string,
    /** The one who dials hears the dialled one by a connection that is up. */
    hears: bool,
  }),
  helloAck: row(0x0002, 1, { from: string, clusterId: string, members: u32 }),
  refused: row(0x0003, 1, { code: string, reason: string }),
  /** In between, where members have to prove that they belong here (link/membership.ts). */
  challenge: row(0x0004, 1, { from: string, nonce: bytes }),
  proof: row(0x0005, 1, { user: string, nonce: bytes, signature: bytes }),
  /** By the one that was dialled, now and then: so many bytes of this connection have come. */
  heard: row(0x0006, 1, { bytes: i64 }),

  // joining
  /** `member`: a member record as JSON. */
  joinRequest: row(0x0101, 1, { member: string }),
  /** `accepted`, `ask` (the leader, at this address), `wait` (ask again soon) or `refused` (for `reason`). */
  joinReply: row(0x0102, 1, {
    verdict: string,
    reason: string,
    leaderHost: optional(string),
    leaderPort: u32,
  }),
  /** Somebody else looks for a cluster: the lowest id founds. `pledge` names the one it stands behind; answered by the same. */
  seeking: row(0x0103, 1, { id: string, host: string, port: u32, pledge: string }),

  // the control plane's own messages
  control: row(0x0201, 1, { payload: bytes }),

  // what is left of a cluster that nobody leads, or a side of a divided one
  /** Nobody leads: who goes on alone, under this new id, with the one that asks? `byOrder`: an operator wants it. */
  forkAsk: row(0x0202, 1, { fork: string, byOrder: bool }),
  /** `state`: the newest cluster state that the sender knows, and `term` of its log; null: it is led, and does not go along. */
  forkSaid: row(0x0203, 1, { fork: string, state: optional(bytes), term: i64 }),
  /** The last word on this connection: the state with which the side begins. */
  forkBegun: row(0x0204, 1, { fork: string, state: bytes }),
  /** Of one side to whoever listens where members of another one were; answered by the same. */
  lineage: row(0x0205, 1, { origin: string, clusterId: string, isFork: bool, isLed: bool, members: u32 }),

  // replication
  records: row(0x0301, 1, {
    group: u32,
    epoch: u32,
    version: u32,
    previous: record(position),
    commit: i64,
    records: list(bytes),
  }),
  acks: row(0x0302, 1, { acks: list(record({ group: u32, epoch: u32, seq: i64 })) }),
  refusal: row(0x0303, 1, { group: u32, epoch: u32, have: i64 }),
  stale: row(0x0304, 1, { group: u32, epoch: u32 }),
  commits: row(0x0305, 1, { commits: list(record({ group: u32, epoch: u32, commit: i64 })) }),
  offer: row(0x0306, 1, { group: u32, epoch: u32, version: u32, at: record(position) }),
  confirm: row(0x0307, 1, { group: u32, epoch: u32, round: u32 }),
  confirmed: row(0x0308, 1, { group: u32, epoch: u32, round: u32 }),

  /** A copy asks how far the commits are; the number of the question says when. */
  freshAsk: row(0x030c, 1, { group: u32, epoch: u32, round: u32 }),
  freshSaid: row(0x030d, 1, { group: u32, round: u32, commit: i64 }),

  // copies are compared with their owner
  digestAsk: row(0x0309, 1, { group: u32, epoch: u32, commit: i64 }),
  digestSaid: row(0x030a, 1, { group: u32, epoch: u32, commit: i64, sum: u32 }),
  /** What the receiver has of this group is not to be built on when it is filled again. */
  distrust: row(0x030b, 1, { group: u32, epoch: u32 }),

  // snapshots: a piece at a time, each asked for by the acknowledgement of the one before
  snapshotPiece: row(0x0401, 1, {
    group: u32,
    epoch: u32,
    snapshot: u32,
    piece: u32,
    base: record(position),
    content: bytes,
    /** Behind the last of the content: a part of what is remembered of invocations. */
    once: bytes,
    /** In the last piece: the commit index from which on the content is of one moment. */
    consistentFrom: optional(i64),
  }),
  snapshotNext: row(0x0402, 1, { group: u32, snapshot: u32, piece: u32 }),

  // calls
  call: row(0x0501, 1, {
    id: u32,
    group: u32,
    /** Of the owner that is asked: no other one may take the call, however late it comes. */
    epoch: u32,
    invocation: optional(record({ session: string, number: i64, ackedBelow: i64, open: list(i64) })),
    /** The answer shall say who has what was written, and how far the group is committed. */
    report: bool,
    request: bytes,
  }),
  answer: row(0x0502, 1, {
    id: u32,
    result: bytes,
    report: optional(record({ epoch: u32, seq: i64, commit: i64, members: list(string) })),
  }),
  /** `cause`: what the application's own code threw, as far as it can travel. */
  failure: row(0x0503, 1, {
    id: u32,
    code: string,
    outcome: string,
    message: string,
    cause: optional(record({ name: string, message: string })),
  }),
  /** First on every link: what the sender answered before may be lost with the link before. */
  askAgain: row(0x0504, 1, { member: string }),

  // locks
  /** Ids of clients that are connected to the sender: all of them, or who came and who went. */
  clients: row(0x0701, 1, { all: bool, here: list(string), gone: list(string) }),
  /** Asks for all of them. */
  clientsWanted: row(0x0702, 1, { member: string }),

  // listeners
  interest: row(0x0601, 1, { request: u32, interests: list(record({ map: string, values: bool, types: u32 })) }),
  interestKnown: row(0x0602, 1, { request: u32 }),
  event: row(0x0603, 1, {
    map: string,
    type: u32,
    key: optional(bytes),
    value: optional(bytes),
    oldValue: optional(bytes),
    affected: u32,
    invalidation: optional(record({ partitionUuid: string, sequence: i64 })),
  }),

  // what an owner can tell caches of entries
  cachesAsk: row(0x0801, 1, { request: u32, maps: list(string) }),
  cachesSaid: row(0x0802, 1, {
    request: u32,
    sequences: list(record({ map: string, changes: list(record({ partition: u32, sequence: i64 })) })),
    partitionUuids: list(record({ partition: u32, uuid: string })),
  }),
} as const

export type MemberMessageName = keyof typeof memberTable
export type MemberMessage<N extends MemberMessageName> = MessageOf<(typeof memberTable)[N]>
