import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { groupId, type MemberId, memberId } from '../../../src/base/ids.js'
import { TextCache } from '../../../src/codec/text-cache.js'
import { Writer } from '../../../src/codec/writer.js'
import { unassignedGroup } from '../../../src/control/apply-group.js'
import type { Command, GroupRecord } from '../../../src/control/cluster-state.js'
import type { Copy } from '../../../src/operation/copy.js'
import type { GroupData } from '../../../src/operation/group-data.js'
import { ReplicaLog } from '../../../src/operation/log.js'
import { OnceTable } from '../../../src/operation/once.js'
import { Primary } from '../../../src/operation/primary.js'
import { makeRecord } from '../../../src/operation/record.js'

const [owner, backup, learner] = ['owner', 'backup', 'learner'].map(memberId) as [MemberId, MemberId, MemberId]
const none = new Uint8Array(0)
const start = { seq: 0, epoch: 0 }

describe('the feed of an owner', () => {
  let nowMs: number
  let backlogBytes: number
  let sentBytes: number
  let leased: boolean
  let required: number
  let sent: { to: MemberId; from: number; records: number }[]
  let proposed: Command[]
  let snapshots: MemberId[]
  let commits: [MemberId, number][]
  let log: ReplicaLog
  let primary: Primary

  /** Six records and the barrier; nothing is committed. */
  function lead(change: Partial<GroupRecord>): void {
    const config: GroupRecord = {
      ...unassignedGroup,
      epoch: 1,
      version: 1,
      primary: owner,
      inSync: [owner],
      status: 'ok',
      ...change,
    }
    const copy: Copy = {
      group: groupId(0),
      config,
      log,
      once: new OnceTable(),
      data: { commit: () => {} } as unknown as GroupData,
      commit: 0,
      wake: () => {},
      startSnapshot: to => snapshots.push(to),
      host: {
        self: owner,
        scratch: new Writer(64),
        sessionNames: new TextCache(),
        backupAckTimeoutMs: 1000,
        lockWaitMs: 1000,
        nowMs: () => nowMs,
        wallMs: () => nowMs,
        hasLease: () => leased,
        readsByLease: () => false,
        confirmAlone: () => {},
        backupsRequired: () => required,
        readsBackups: () => false,
        propose: command => proposed.push(command),
        sendRecords: (to, _group, _config, previous, _commit, records) => {
          sent.push({ to, from: previous.seq + 1, records: records.length })
          sentBytes += 1000
        },
        sendCommit: (to, _group, _epoch, commit) => commits.push([to, commit]),
        sendConfirm: () => {},
        sendAck: () => {},
        sendRefusal: () => {},
        sendStale: () => {},
        sendOffer: () => {},
        backlogBytes: () => backlogBytes,
        sentBytes: () => sentBytes,
      },
    }
    primary = new Primary(copy, config)
    for (let i = 0; i < 6; i++) log.append(makeRecord(1, log.lastSeq + 1, null, none, none))
  }

  beforeEach(() => {
    nowMs = 0
    backlogBytes = 0
    sentBytes = 0
    leased = false
    required = 1
    sent = []
    proposed = []
    snapshots = []
    commits = []
    log = new ReplicaLog()
  })

  /** The copy that does not answer is given up only when it is not required. */
  function staysWhileNeeded(): void {
    nowMs = 5000
    primary.tick()
    assert.equal(proposed.length, 0)
    required = 0
    primary.tick()
    assert.deepEqual(
      proposed.map(c => c.type),
      ['shrink'],
    )
  }

  test('keeps the log for a copy that is asynchronous only so far, then gives it a snapshot', () => {
    lead({ asyncs: [learner] })
    required = 0
    leased = true
    primary.feed.onOffer(learner, 1, start)
    primary.drive()
    const record = (): void => log.append(makeRecord(1, log.lastSeq + 1, null, none, new Uint8Array(1024 * 1024)))
    for (let i = 0; i < 7; i++) record()
    primary.drive()
    assert.equal(log.base.seq, 0, 'it may be so far behind')
    for (let i = 0; i < 4; i++) record()
    primary.drive()
    assert.ok(log.base.seq > 0)
    assert.deepEqual(snapshots, [])
    primary.feed.onAck(learner, 7)
    primary.drive()
    assert.deepEqual(snapshots, [learner])
  })

  test('says that an asynchronous copy is filled when it has what was there, and lets nobody wait for it', () => {
    lead({ filling: [learner] })
    required = 0
    leased = true
    const write = (records: number): void => {
      for (let i = 0; i < records; i++) log.append(makeRecord(1, log.lastSeq + 1, null, none, none))
    }
    const answered = (lacking = 0): string[] => {
      const { from, records } = sent.at(-1) as (typeof sent)[number]
      primary.feed.onAck(learner, from + records - 1 - lacking)
      primary.drive()
      return proposed.map(c => c.type)
    }
    write(1000)
    primary.feed.onOffer(learner, 1, start)
    primary.drive()
    write(10_000)
    assert.deepEqual(answered(), [], 'it lacks half of it')
    assert.deepEqual(answered(18), [], 'it lacks one')
    assert.deepEqual(answered(), ['admitAsync'])
    assert.equal(sent.at(-1)?.from, 1025, 'it is behind')
    assert.ok(!primary.feed.isNear(learner), 'writers are quicker')
    assert.ok(primary.busy, 'until it is decided')
  })

  /** Eight records of a kilobyte come in each millisecond, until the learner has answered so many frames, each after so long. */
  function follow(frames: number, answerMs: number): number[] {
    const got: number[] = []
    for (let i = 0; i < frames; i++) {
      nowMs += answerMs
      for (let n = 0; n < 8 * answerMs; n++) log.append(makeRecord(1, log.lastSeq + 1, null, none, new Uint8Array(1000)))
      const { from, records } = sent.at(-1) as (typeof sent)[number]
      primary.feed.onAck(learner, from + records - 1)
      primary.drive()
      got.push((sent.at(-1) as (typeof sent)[number]).records)
    }
    return got
  }

  function fallBehind(): void {
    lead({ learner })
    required = 0
    leased = true
    for (let n = 0; n < 5000; n++) log.append(makeRecord(1, log.lastSeq + 1, null, none, new Uint8Array(1000)))
    primary.feed.onOffer(learner, 1, start)
    primary.drive()
  }

  test('gives more and more at a time to a copy that answers at once, which overtakes a writer', () => {
    fallBehind()
    const got = follow(5, 5)
    assert.deepEqual(
      got,
      [...got].sort((a, b) => a - b),
    )
    assert.ok((got.at(-1) as number) > 8 * (got[0] as number) && (got[0] as number) > 30, `frames of ${got} records`)
    assert.ok(!primary.feed.isNear(learner))
    follow(15, 5)
    assert.ok(primary.feed.isNear(learner))
    assert.equal(proposed.at(-1)?.type, 'expand')
  })

  test('gives little at a time to a copy that answers late, also when it was quick before', () => {
    fallBehind()
    assert.ok(follow(5, 30).every(records => records < 20))
    assert.ok((follow(5, 5).at(-1) as number) > 400)
    assert.ok(follow(1, 30).every(records => records < 20))
  })

  test('answers an offer once while the answer is on its way', () => {
    lead({ learner })
    primary.feed.onOffer(learner, 1, start)
    primary.drive()
    assert.deepEqual(sent, [{ to: learner, from: 1, records: 7 }])
    backlogBytes = 1024 * 1024
    for (let i = 0; i < 20; i++) {
      nowMs += 150
      primary.feed.onOffer(learner, 1, start)
      primary.tick()
    }
    assert.equal(sent.length, 1)
    backlogBytes = 0
    nowMs += 300
    primary.feed.onOffer(learner, 1, start)
    primary.tick()
    assert.equal(sent.length, 2)
  })

  test('sends again only what has left, however little waits in the link', () => {
    lead({ learner })
    required = 0
    primary.feed.onOffer(learner, 1, start)
    primary.drive()
    backlogBytes = 1
    for (let i = 0; i < 3; i++) {
      nowMs += 260
      primary.feed.onOffer(learner, 1, start)
      primary.tick()
    }
    assert.equal(sent.length, 1)
    // others of this link have sent more behind it
    sentBytes += 50_000
    backlogBytes = 50_000
    nowMs += 200
    primary.tick()
    assert.equal(sent.length, 1, 'its answer may be on its way')
    nowMs += 100
    primary.tick()
    assert.equal(sent.length, 2)
  })

  test('sends everything again over a new link, whatever the old one had been given', () => {
    lead({ inSync: [owner, backup] })
    sentBytes = 1_000_000
    primary.drive()
    sentBytes = 0
    primary.feed.onLinkUp(backup)
    primary.drive()
    assert.equal(sent.length, 2)
    nowMs += 300
    primary.tick()
    assert.equal(sent.length, 3)
  })

  test('answers one of the refusals of all that was under way', () => {
    lead({ inSync: [owner, backup] })
    primary.drive()
    sent = []
    for (let i = 0; i < 5; i++) {
      primary.feed.onRefusal(backup, 2)
      primary.drive()
    }
    assert.deepEqual(sent, [{ to: backup, from: 3, records: 5 }])
  })

  test('says again how far the commit is when the link was lost', () => {
    lead({ inSync: [owner, backup] })
    primary.drive()
    primary.feed.onAck(backup, 7)
    primary.drive()
    primary.tick()
    primary.tick()
    assert.deepEqual(commits, [[backup, 7]])
    primary.feed.onLinkUp(backup)
    assert.ok(primary.busy)
    primary.tick()
    assert.deepEqual(commits, [
      [backup, 7],
      [backup, 7],
    ])
  })

  test('asks again for a snapshot that ended with a link', () => {
    log.reset({ seq: 50, epoch: 1 })
    lead({ learner })
    primary.feed.onOffer(learner, 1, start)
    primary.tick()
    assert.deepEqual(snapshots, [learner, learner])
    assert.ok(primary.feed.needsSnapshot(learner))
    primary.feed.onOffer(learner, 1, { seq: 50, epoch: 1 })
    primary.tick()
    assert.equal(snapshots.length, 2)
    assert.ok(!primary.feed.needsSnapshot(learner))
  })

  test('sends everything again to a copy whose first answer is lost, also what was committed before', () => {
    lead({ inSync: [owner, backup], learner })
    primary.drive()
    primary.feed.onAck(backup, 5)
    primary.drive()
    primary.feed.onOffer(learner, 1, start)
    primary.drive()
    sent = []
    for (let i = 0; i < 5; i++) {
      nowMs += 300
      primary.tick()
    }
    assert.deepEqual(sent.filter(({ to }) => to === learner)[0], { to: learner, from: 1, records: 7 })
  })

  test('keeps a slow copy that is being added, without which nothing could be acknowledged anyway', () => {
    lead({ learner })
    primary.feed.onOffer(learner, 1, start)
    primary.drive()
    staysWhileNeeded()
  })

  test('keeps a slow copy without which nothing could be acknowledged anyway', () => {
    lead({ inSync: [owner, backup] })
    primary.drive()
    staysWhileNeeded()
  })
})
