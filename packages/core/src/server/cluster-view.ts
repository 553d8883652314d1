/** The cluster as clients are told of it: the forms of `ClusterViews` on the wire. */

import type { ClusterMemberView, ClusterViews } from '../map/data-map.js'
import { COMPATIBLE_VERSION } from '../protocol/client-frame.js'

export function memberInfos(members: readonly ClusterMemberView[]) {
  return members.map(({ id, address, lite }) => ({
    address,
    uuid: id,
    attributes: [],
    lite,
    version: COMPATIBLE_VERSION,
    addressMap: [],
  }))
}

/** Partitions without an owner are left out: clients send calls for them to any member, which finds the owner or waits. */
export function partitionsByOwner(owners: readonly (string | null)[]): Map<string, number[]> {
  const byOwner = new Map<string, number[]>()
  owners.forEach((owner, partition) => {
    if (owner === null) return
    const held = byOwner.get(owner)
    if (held === undefined) byOwner.set(owner, [partition])
    else held.push(partition)
  })
  return byOwner
}

export function membersView(views: ClusterViews) {
  const { version, members } = views.members()
  return { version, members: memberInfos(members) }
}

export function partitionsView(views: ClusterViews) {
  const { version, owners } = views.partitions()
  return { version, partitions: partitionsByOwner(owners) }
}

export const COMPATIBLE_VERSION_TEXT = `${COMPATIBLE_VERSION.major}.${COMPATIBLE_VERSION.minor}.${COMPATIBLE_VERSION.patch}`
