/** A status as a member would give it, for tests that need no member. */

import type { MapStatus, MemberStatus } from 'cobnut'

export const fakeMap = (name: string, fields: Partial<MapStatus> = {}): MapStatus => ({
  name,
  backupCount: 1,
  asyncBackupCount: 0,
  ownedEntries: 0,
  ownedBytes: 0,
  backupEntries: 0,
  backupBytes: 0,
  ...fields,
})

export const fakeStatus = (fields: Partial<MemberStatus> = {}): MemberStatus => ({
  id: 'id-1',
  address: '127.0.0.1:5701',
  clusterName: 'dev',
  clusterId: 'cluster-1',
  state: 'running',
  coordinator: 'id-1',
  stateVersion: 1,
  members: [],
  partitionCount: 271,
  groups: { total: 271, owned: 90, backups: 90, copying: 0, underReplicated: 0, unavailable: 0, lost: 0 },
  maps: [],
  clients: 0,
  operations: { reads: 0, writes: 0, backupReads: 0 },
  fork: null,
  conflicts: 0,
  copies: { compared: 0, differing: 0 },
  memory: { storeBytes: 0, rssBytes: 0 },
  uptimeMs: 1_000,
  ...fields,
})
