/** Branded identifiers. A brand costs nothing at run time and stops a partition id from being passed as a group id. */

declare const brand: unique symbol
export type Branded<T, B extends string> = T & { readonly [brand]: B }

/** UUID text of one incarnation of a member: made anew at every start, never reused. */
export type MemberId = Branded<string, 'MemberId'>

/** One partition of all maps of one backup class: the unit of replication. `classIndex * partitionCount + partitionId`. */
export type GroupId = Branded<number, 'GroupId'>

export const memberId = (text: string): MemberId => text as MemberId
export const groupId = (n: number): GroupId => n as GroupId
