/** What the groups have to say to other members in one turn of the loop, gathered into one frame of each kind. */

import type { MemberId } from '../base/ids.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'

type Ack = MemberMessage<'acks'>['acks'][number]
type Commit = MemberMessage<'commits'>['commits'][number]

interface Gathered {
  readonly acks: Ack[]
  readonly commits: Commit[]
  /** Something goes there at the end of this turn. */
  isDue: boolean
}

/** No more words of a commit wait for another frame. */
const commitsMax = 64

export class Gathering {
  readonly #links: Links
  /** Kept from turn to turn, as their lists are. */
  readonly #byMember = new Map<MemberId, Gathered>()

  constructor(links: Links) {
    this.#links = links
  }

  addAck(to: MemberId, ack: Ack): void {
    const gathered = this.#of(to)
    gathered.acks.push(ack)
    gathered.isDue = true
  }

  /** Nobody waits for it: it goes with the next frame to this member, or with `sendAll`. */
  addCommit(to: MemberId, commit: Commit): void {
    const gathered = this.#of(to)
    gathered.commits.push(commit)
    if (gathered.commits.length >= commitsMax) gathered.isDue = true
  }

  /** A frame goes there in this turn: what waits goes along. */
  markDue(to: MemberId): void {
    this.#of(to).isDue = true
  }

  sendDue(): void {
    for (const [to, gathered] of this.#byMember) if (gathered.isDue) this.#send(to, gathered)
  }

  sendAll(): void {
    for (const [to, gathered] of this.#byMember) this.#send(to, gathered)
  }

  /** What waits for this member goes now, before something else that is sent to it. */
  sendTo(to: MemberId): void {
    const gathered = this.#byMember.get(to)
    if (gathered !== undefined) this.#send(to, gathered)
  }

  /** Forgets all other members. */
  keepOnly(members: readonly { readonly id: MemberId }[]): void {
    for (const to of this.#byMember.keys()) if (!members.some(({ id }) => id === to)) this.#byMember.delete(to)
  }

  #of(to: MemberId): Gathered {
    let gathered = this.#byMember.get(to)
    if (gathered === undefined) {
      gathered = { acks: [], commits: [], isDue: false }
      this.#byMember.set(to, gathered)
    }
    return gathered
  }

  #send(to: MemberId, gathered: Gathered): void {
    const { acks, commits } = gathered
    if (acks.length > 0) this.#links.send(to, 'acks', { acks })
    if (commits.length > 0) this.#links.send(to, 'commits', { commits })
    acks.length = 0
    commits.length = 0
    gathered.isDue = false
  }
}
