/**
 * Seeds that once broke a promise, each with what it found. A seed means what it meant only while nothing before the
 * moment in question changes; where the moment can be told apart from the rest, a unit test holds it too.
 */

import assert from 'node:assert/strict'
import test from 'node:test'
import { runSeed } from '../../sim/run-seed.js'
import { planFor } from '../../sim/swarm.js'
import { variedPlan } from '../../sim/variety.js'

const found: readonly (readonly [seed: number, what: string])[] = [
  [2041, 'two founders counted the same three that looked for a cluster: there were two (cluster/pledge.ts)'],
  [2044, 'a new leader that an earlier one had suspected stayed suspect for ever, and was given no copies'],
  [2077, 'a copy behind a slow link was sent the whole log once for each of its offers, and heard nothing else for minutes'],
  [2106, 'an owner cut off for a moment took its only backup out, died, and left nobody known to be complete'],
  [2133, 'the word of the last commit was lost with a link; nobody wrote, and an asynchronous copy stayed one record behind'],
  [
    500_130,
    'the only voter had not heard that it was the only one, and nobody who could tell it was asked (control/raft/core.ts)',
  ],
  [
    700_135,
    'a member was admitted five times before it heard of it, each time into the same session, and a write happened five times',
  ],
  [31_073, 'two that were both removed told each other that they are members, and never asked those who knew'],
]

/** Of the time since `variety.ts` draws clusters of other kinds, and before it drew locks. */
const foundInVariety: typeof found = [
  [33, 'a member joined while another listened, could not hear yet what that one wants, and never told it anything'],
  [2105, 'a map without backups read old values from copies on their way to another owner'],
  [1290, 'who left found only a suspect to hand over to, and left at once with what nobody else had'],
  [89, 'a member that was leaving was removed, came back as one that stays, and was waited for until its time was over'],
]

/** Of the time since it draws locks. */
const foundWithLocks: typeof found = [
  [
    7_100_242,
    'a member without data was removed and taken in again, which changed no partition: it kept the session that all owners refuse',
  ],
  [
    7_300_012,
    'a leader said its whole log again with each heartbeat to one that had not answered yet, and a slow link was full for minutes',
  ],
  [
    8_100_059,
    'a voter was removed and came back before it was forgotten as a voter, and its leader never granted it a lease again',
  ],
  [
    8_200_325,
    'the leader before was removed and came back, counted as unheard since it had led, and was removed again, 250 times in a minute',
  ],
  [8_401_367, 'a leader that heard nobody planned its partitions for itself alone, took their only backups out, and died'],
  [
    8_410_209,
    'a death was looked for less and less often, though every try to connect failed again: its proof came when the lease was over',
  ],
  [8_411_271, 'a member that stopped left a connection alone that had not said who it is'],
  [8_412_083, 'an asynchronous copy behind a slow link was sent all that was written, and signs of life came behind it'],
  [8_413_891, 'the same in one frame of 300 kB'],
  [8_500_062, 'a copy that was to be added never came near enough to writers that wait for nobody'],
  [8_500_539, 'a member left with entries, for which the only other holder had just been removed as silent'],
  [9_209_365, 'a new leader gave a new map to its dead predecessor, which had suspected everybody else'],
  [9_102_471, 'a query found an entry to be over by a record that was under way, and the next one saw the record before it'],
  [8_800_520, 'a copy behind a slow link, without which nothing could be acknowledged, was added and given up again for ever'],
  [8_802_110, 'what a copy that was given up had acknowledged was taken for the word of the empty one after it'],
  [8_900_246, 'the first answer of a new copy was lost, and the owner waited for it for ever instead of sending again'],
  [
    9_606_491,
    'a member that left was removed for its silence, let in again and given entries, and its word that it had left took them along',
  ],
  [
    9_910_960,
    'of two with entries the one that left removed the other for its silence, and did not wait for it to be back, as it was in a moment',
  ],
  [
    10_004_834,
    'the older of a pair left, and gave up after three seconds to hand the lead over by a slow link: nobody led any more',
  ],
  [
    15_004_707,
    'one that had handed over everything removed the only one that had it, and stopped: nobody led any more, or let that one in',
  ],
  [
    16_018_208,
    'a new leader made three voters of five, two of which had died before it led, and let two go that lived: nobody led any more',
  ],
  [
    16_019_079,
    'of records a copy was sent five times before they had left for the first time, and it heard its leases seconds late, for ever',
  ],
  [
    19_000_338,
    'of a pair on one host the older died, the word of its connection came late, and its death was looked for when the lease was over',
  ],
  [20_003_296, 'a member that had left was let in again by what it had asked before, and the others waited for it'],
  [11_004_118, 'when all left at once, one that still had entries said that it had left, and the others heard of a loss'],
  [9_408_620, 'who unlocked twice was told that he holds nothing, by a record that was under way and went with its owner'],
  [8_700_284, 'a query left an entry out whose time was over, although it had been renewed before that, in a record under way'],
  [24_006_936, 'a member that left by itself still waited to ask whether another one is dead'],
  [22_015_911, 'an asynchronous copy behind a slow link was never filled, as it never came near to writers that wait for nobody'],
]

for (const [seed, what] of found) {
  test(`seed ${seed}: ${what}`, async () => {
    const { violations } = await runSeed({ seed, plan: planFor(seed) })
    assert.deepEqual(violations, [])
  })
}

for (const [seed, what] of foundInVariety) {
  test(`seed ${seed}: ${what}`, async () => {
    const { violations } = await runSeed({ seed, plan: { ...variedPlan(seed), locking: { clients: 0, keys: 1, holdMs: 20 } } })
    assert.deepEqual(violations, [])
  })
}

for (const [seed, what] of foundWithLocks) {
  test(`seed ${seed}: ${what}`, async () => {
    const { violations } = await runSeed({ seed, plan: variedPlan(seed) })
    assert.deepEqual(violations, [])
  })
}
