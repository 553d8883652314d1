/** The messages that are not about one map: login, views of the cluster, proxies, heartbeats, schemas. */

import type { Config } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import type { Log } from '../env/env.js'
import type { ClusterViews, MapService } from '../map/data-map.js'
import type { SchemaStore } from '../map/schemas.js'
import type { RequestOf, ResponseOf } from '../protocol/client-row.js'
import type { clientTable } from '../protocol/client-table.js'
import { clientStatistics } from './client-statistics.js'
import { COMPATIBLE_VERSION_TEXT, memberInfos, partitionsByOwner } from './cluster-view.js'
import type { Doorman } from './doorman.js'
import type { HandlersOf } from './handlers.js'
import { type Credentials, judge, loginStatus, SERIALIZATION_VERSION } from './login.js'
import type { PartitionLoss } from './partition-loss.js'
import type { Session } from './session.js'
import type { ViewPublisher } from './view-publisher.js'

/** The name that clients give to the service behind `getMap`. */
export const MAP_SERVICE = 'hz:impl:mapService'

type LoginRequest = Pick<
  RequestOf<typeof clientTable.authenticate>,
  'uuid' | 'clientName' | 'clientType' | 'clientVersion' | 'labels'
>
type LoginAnswer = ResponseOf<typeof clientTable.authenticate>

export interface ClientHandlerOptions {
  readonly maps: MapService
  readonly views: ClusterViews
  readonly config: Config
  readonly doorman: Doorman
  readonly log: Log
  readonly version: string
  readonly schemas: SchemaStore
  readonly publisher: ViewPublisher
  readonly loss: PartitionLoss
}

export function clientHandlers(options: ClientHandlerOptions): HandlersOf<typeof clientTable> {
  const { maps, views, schemas, publisher, loss } = options
  const login = (credentials: Credentials, request: LoginRequest, session: Session): LoginAnswer => {
    const { status, reason } = judge(options.config.clusterName, options.doorman, session.remote.host, credentials)
    const { uuid, clientName: name, clientType: type, clientVersion: version, labels } = request
    if (status !== loginStatus.accepted || uuid === null) {
      options.log.warn('client.refused', { reason: reason || 'no client id', name, type, from: session.remote.host })
      return refusal(status === loginStatus.accepted ? loginStatus.credentialsFailed : status)
    }
    session.welcome({ uuid, name, type, version, labels })
    options.log.info('client.joined', { client: uuid, name, type, version, from: session.remote.host })
    return acceptance(views, options.version)
  }
  return {
    authenticate: (q, session) => login({ ...q, token: null }, q, session),
    authenticateCustom: (q, session) => login({ ...q, username: null, password: null, token: q.credentials }, q, session),
    ping: nothing,
    statistics: (q, session) => {
      session.statistics = clientStatistics(q.timestamp, q.attributes)
    },
    addPartitionLostListener: (q, session, id) => loss.add(session, id, q.localOnly),
    removePartitionLostListener: (q, session) => session.release(q.registration),
    addClusterViewListener: (_, session, id) => publisher.addClusterListener(session, id),
    // Our answers come when every copy has the write: no acknowledgement of a backup is ever outstanding.
    localBackupListener: (_, session) => session.hold(() => true),
    triggerPartitionAssignment: nothing,

    createProxy: q => createProxy(maps, q.name, q.service),
    createProxies: async q => {
      for (const [name, service] of q.proxies) await createProxy(maps, name, service)
    },
    destroyProxy: q => {
      checkService(q.name, q.service)
      return maps.map(q.name).destroy()
    },
    getDistributedObjects: async () => (await maps.names()).map(name => ({ service: MAP_SERVICE, name })),
    addDistributedObjectListener: (q, session, id) => publisher.addObjectListener(session, id, q.localOnly),
    removeDistributedObjectListener: (q, session) => session.release(q.registration),

    sendSchema: async q => {
      await schemas.add([q.schema])
      // A client sends it again until every member it knows is named.
      return views.members().members.map(member => member.id)
    },
    sendAllSchemas: q => schemas.add(q.schemas),
    fetchSchema: q => schemas.find(q.id),
  }
}

const nothing = (): void => undefined

/** Making a proxy makes the map known to the cluster, so that it is listed before its first entry. */
async function createProxy(maps: MapService, name: string, service: string): Promise<void> {
  checkService(name, service)
  await maps.create(name)
}

function checkService(name: string, service: string): void {
  if (service === MAP_SERVICE) return
  throw new CobnutError('UNSUPPORTED', `${name}: ${service} is not supported by this member, which serves maps`)
}

function acceptance(views: ClusterViews, version: string): LoginAnswer {
  const { version: memberListVersion, members } = views.members()
  const { version: partitionListVersion, owners } = views.partitions()
  return {
    ...refusal(loginStatus.accepted),
    address: members.find(member => member.id === views.localId)?.address ?? null,
    memberUuid: views.localId,
    serializationVersion: SERIALIZATION_VERSION,
    serverVersion: COMPATIBLE_VERSION_TEXT,
    partitionCount: views.partitionCount,
    clusterId: views.clusterId,
    memberListVersion,
    members: memberInfos(members),
    partitionListVersion,
    partitions: partitionsByOwner(owners),
    keyValuePairs: [
      ['clusterVersion', COMPATIBLE_VERSION_TEXT.slice(0, COMPATIBLE_VERSION_TEXT.lastIndexOf('.'))],
      ['cobnutVersion', version],
    ],
  }
}

/** Every field has to be there even when there is nothing to say. */
function refusal(status: number): LoginAnswer {
  return {
    status,
    address: null,
    memberUuid: null,
    serializationVersion: 0xff,
    serverVersion: '',
    partitionCount: -1,
    clusterId: null,
    failoverSupported: false,
    tpcPorts: null,
    tpcToken: null,
    memberListVersion: -1,
    members: [],
    partitionListVersion: -1,
    partitions: new Map(),
    keyValuePairs: [],
  }
}
