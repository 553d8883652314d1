/**
 * A switch for every rule of the protocol, R1 to R12, that turns it off (that of R11 is among the plants): production classes with one method replaced while a
 * run lasts. Members are built without them; there is no branch in production code that a configuration could reach.
 */

import type { Command } from '../src/control/cluster-state.js'
import { RaftCore } from '../src/control/raft/core.js'
import { LeaseBook } from '../src/control/raft/leases.js'
import type { Message } from '../src/control/raft/messages.js'
import { RaftControlPlane } from '../src/control/raft-control-plane.js'
import { GroupMaps } from '../src/map/group-maps.js'
import { SeenPositions } from '../src/operation/call-session.js'
import { Feed } from '../src/operation/feed.js'
import { Freshness } from '../src/operation/freshness.js'
import { ReplicaLog } from '../src/operation/log.js'
import { OnceTable } from '../src/operation/once.js'
import type { Primary } from '../src/operation/primary.js'
import { ReadConfirmation } from '../src/operation/read-confirmation.js'
import { Replica } from '../src/operation/replica.js'
import { PartitionIndexes } from '../src/query/partition-indexes.js'
import { allOf, type Method, replaced } from './replaced.js'

export interface RuleSwitch {
  readonly rule: string
  /** What members do instead. */
  readonly does: string
  /** Turns the rule off, in every member; returns what turns it on again. */
  readonly install: () => () => void
}

/** The copy whose turn it is, for what is asked of its parts. */
function whileActing(acked: (copy: Replica, id: string, original: () => number) => number): () => void {
  let acting: Replica | null = null
  const enter = (copy: Replica): (() => void) => {
    const before = acting
    acting = copy
    return () => {
      acting = before
    }
  }
  const noted = (original: Method): Method => {
    return function (this: Replica, ...args) {
      const leave = enter(this)
      try {
        return original.apply(this, args)
      } finally {
        leave()
      }
    }
  }
  return allOf([
    replaced(Replica.prototype, 'drive', noted),
    replaced(Replica.prototype, 'tick', noted),
    replaced(Feed.prototype, 'acked', original => {
      return function (this: Feed, id: string) {
        const truth = (): number => original.call(this, id)
        return acting === null ? truth() : acked(acting, id, truth)
      }
    }),
  ])
}

/**
 * A leader that takes proposals as if they rested on what is true now. What the rule guards against are late ones, which any
 * network may bring: the last addition that was asked for in a group comes once more with each later proposal.
 */
function withoutComparing(): () => void {
  const additions = new WeakMap<RaftCore, Map<number, Command>>()
  return replaced(RaftCore.prototype, 'receive', original => {
    return function (this: RaftCore, from, message: Message, nowMs) {
      if (message.type !== 'propose') return original.call(this, from, message, nowMs)
      const late = additions.get(this) ?? new Map<number, Command>()
      additions.set(this, late)
      const current = (command: Command): Command => {
        const group = 'group' in command ? this.state.groups[command.group] : undefined
        return group === undefined ? command : ({ ...command, epoch: group.epoch, version: group.version } as Command)
      }
      const commands = [...late.values(), ...message.commands].map(current)
      for (const command of message.commands) if (command.type === 'expand') late.set(command.group, command)
      return original.call(this, from, { ...message, commands }, nowMs)
    }
  })
}

/** Takes every copy that is being filled into the in-sync set in the same breath. */
function addingAtOnce(): () => void {
  return replaced(RaftControlPlane.prototype, 'propose', original => {
    return function (this: RaftControlPlane, proposed: readonly Command[]) {
      const commands = proposed.flatMap((command): Command[] => {
        if (command.type !== 'setLearner' || command.member === null) return [command]
        return [command, { ...command, type: 'expand', member: command.member, version: command.version + 1 }]
      })
      return original.call(this, commands)
    }
  })
}

export const rules: Readonly<Record<string, RuleSwitch>> = {
  staleProposals: {
    rule: 'R1',
    does: 'a change that rests on an old record is accepted, however late it comes',
    install: withoutComparing,
  },
  noBarrier: {
    rule: 'R2',
    does: 'a new owner takes the tail it found for committed, without having it logged by the others in its epoch',
    install: () => {
      const driven = new WeakSet<Primary>()
      return whileActing((copy, _, truth) => {
        const { primary } = copy
        if (primary === null || driven.has(primary)) return truth()
        copy.host.wake(copy)
        queueMicrotask(() => driven.add(primary))
        return copy.log.lastSeq
      })
    },
  },
  noAcks: {
    rule: 'R3',
    does: 'a write is acknowledged when its owner has it',
    install: () => whileActing(copy => copy.log.lastSeq),
  },
  ackUnlogged: {
    rule: 'R4',
    does: 'a backup says now and then that it has what it threw away',
    install: () => {
      let frames = 0
      return replaced(Replica.prototype, 'onRecords', original => {
        return function (this: Replica, from, sent, previous, commit, records) {
          if (records.length === 0 || sent.epoch < this.epoch || ++frames % 5 > 0)
            return original.call(this, from, sent, previous, commit, records)
          this.host.sendAck(from, this.group, sent.epoch, previous.seq + records.length)
        }
      })
    },
  },
  addLearners: {
    rule: 'R5',
    does: 'whoever begins to be filled counts as complete, and may become owner',
    install: addingAtOnce,
  },
  noMark: {
    rule: 'R6',
    does: 'a copy is added before it has what was logged when it began to be counted',
    install: () => whileActing((copy, id, truth) => (copy.config.learner === id ? copy.log.lastSeq : truth())),
  },
  noFence: {
    rule: 'R7',
    does: 'a copy that has seen a later epoch still obeys the owner of an earlier one',
    install: () => {
      return replaced(Replica.prototype, 'onRecords', original => {
        return function (this: Replica, from, sent, ...rest) {
          if (this.primary === null) this.epoch = Math.min(this.epoch, sent.epoch)
          return original.call(this, from, sent, ...rest)
        }
      })
    },
  },
  dirtyReads: {
    rule: 'R8',
    does: 'a read shows what is not committed',
    install: () => {
      return replaced(GroupMaps.prototype, 'execute', original => {
        return function (this: GroupMaps, ...args) {
          return { ...original.apply(this, args), dependsOn: 0 }
        }
      })
    },
  },
  unconfirmedReads: {
    rule: 'R8',
    does: 'an owner answers reads without a lease and without asking',
    install: () =>
      replaced(ReadConfirmation.prototype, 'answer', () => {
        return (respond, result) => respond(null, result, 0, 0)
      }),
  },
  agelessCopies: {
    rule: 'R8',
    does: 'a copy takes what it has for fresh, however long it has not heard from its owner',
    install: () => replaced(Freshness.prototype, 'ageMs', () => () => 0),
  },
  blindSessions: {
    rule: 'R8',
    does: 'a session forgets what it has seen',
    install: () => replaced(SeenPositions.prototype, 'saw', () => () => undefined),
  },
  leakyIndexes: {
    rule: 'R8',
    does: 'an index forgets one entry in ten',
    install: () => {
      let puts = 0
      return replaced(PartitionIndexes.prototype, 'put', original => {
        return function (this: PartitionIndexes, ...args) {
          if (++puts % 10 > 0) original.apply(this, args)
        }
      })
    },
  },
  noMatching: {
    rule: 'R9',
    does: 'a copy takes records without looking whether they follow what it has',
    install: () => replaced(ReplicaLog.prototype, 'matches', () => () => true),
  },
  forgetful: {
    rule: 'R10',
    does: 'no invocation is remembered',
    install: () => replaced(OnceTable.prototype, 'find', () => () => 'new'),
  },
  noLeaseWait: {
    rule: 'R12',
    does: 'roles are taken from a silent member without waiting for its lease',
    install: () => replaced(LeaseBook.prototype, 'overAtMs', () => () => 0),
  },
}
