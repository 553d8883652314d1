/** What this member says to the calls of others: it lets its replicas decide, and refuses what they should not see. */

import { CobnutError } from '../base/errors.js'
import { groupId, type MemberId } from '../base/ids.js'
import { Reader } from '../codec/reader.js'
import { sessionOf } from '../control/cluster-state.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'
import type { Groups } from './groups.js'
import type { Replica } from './replica.js'
import { isWalk, type MapRequest, ownRequest, readRequest, resultBytes } from './request.js'

export class Answering {
  readonly #groups: Groups
  readonly #links: Links

  constructor(groups: Groups, links: Links) {
    this.#groups = groups
    this.#links = links
  }

  onCall(from: MemberId, m: MemberMessage<'call'>): void {
    const request = readRequest(new Reader(m.request))
    if (!isWalk(request.op)) this.#perform(from, m, request)
    else {
      const kept = ownRequest(request)
      this.#groups.walks.add(() => this.#perform(from, m, kept))
    }
  }

  #perform(from: MemberId, m: Omit<MemberMessage<'call'>, 'request'>, request: MapRequest): void {
    const caller = this.#groups.state.members.find(member => member.id === from)
    if (caller === undefined || (m.invocation !== null && m.invocation.session !== sessionOf(caller))) {
      // a write of a session that is not the present one cannot be told from one that happened already
      this.#refuse(from, m.id, new CobnutError('STATE_BEHIND', `${from} is not a member in that session, as far as known here`))
      return
    }
    const replica = this.#groups.get(groupId(m.group))
    // A call that was held up on its way may come when its caller has long had the answer from a later owner. That one
    // remembers what it changed; of a call that changed nothing, which would do something now, nobody does.
    if (replica === undefined || replica.primary?.epoch !== m.epoch) {
      this.#refuse(from, m.id, new CobnutError('WRONG_OWNER'))
      return
    }
    replica.execute(request, m.invocation, (error, result, seq, commit) => {
      if (error !== null) {
        this.#refuse(from, m.id, error)
        return
      }
      const report = m.report ? reportOf(replica, seq, commit) : null
      this.#links.send(from, 'answer', { id: m.id, result: resultBytes(result), report })
    })
  }

  #refuse(to: MemberId, id: number, error: CobnutError): void {
    const { code, outcome, message } = error
    const cause = error.cause instanceof Error ? { name: error.cause.name, message: error.cause.message } : null
    this.#links.send(to, 'failure', { id, code, outcome, message, cause })
  }
}

export type Report = NonNullable<MemberMessage<'answer'>['report']>

/** Every member in sync has what is committed. */
export const reportOf = ({ config }: Replica, seq: number, commit: number): Report => {
  const { epoch, primary, inSync } = config
  return { epoch, seq, commit, members: [primary, ...inSync.filter(id => id !== primary)] }
}
