/**
 * The table of elements: what may stand where, in which range, with which default, and what has no effect yet. Reader,
 * error messages and the reference page come from it. Names and defaults are Hazelcast's.
 */

export type Spec =
  | { readonly kind: 'int'; readonly min: number; readonly max: number; readonly default: number }
  | { readonly kind: 'bool'; readonly default: boolean }
  | { readonly kind: 'text'; readonly default: string }
  | {
      readonly kind: 'word'
      readonly words: readonly string[]
      readonly default: string
      readonly refused?: Readonly<Record<string, string>>
    }
  /** Taken as it stands: nothing here looks into it yet. */
  | { readonly kind: 'any' }
  /** `text`: the field that the element's own text fills. */
  | { readonly kind: 'section'; readonly fields: Fields; readonly text?: string }
  /** XML repeats the element `of`; YAML has a sequence. A text is a list with commas. */
  | { readonly kind: 'list'; readonly item: Spec; readonly of: string }
  /** XML repeats the element `of` with a name; YAML has a mapping. */
  | { readonly kind: 'dict'; readonly item: Spec; readonly of: string }

export interface Field {
  readonly spec: Spec
  readonly doc: string
  /** Other names by which it may be called. */
  readonly also?: readonly string[]
  /** Why it is accepted and has no effect yet. */
  readonly noEffect?: string
}

export type Fields = Readonly<Record<string, Field>>

const int = (min: number, max: number, value: number): Spec => ({ kind: 'int', min, max, default: value })
const bool = (value: boolean): Spec => ({ kind: 'bool', default: value })
const text = (value = ''): Spec => ({ kind: 'text', default: value })
const word = (words: readonly string[], value: string, refused: Readonly<Record<string, string>> = {}): Spec => {
  return { kind: 'word', words, default: value, refused }
}
const section = (fields: Fields, own?: string): Spec => ({ kind: 'section', fields, ...(own === undefined ? {} : { text: own }) })
const list = (of: string, item: Spec = text()): Spec => ({ kind: 'list', of, item })
const dict = (of: string, item: Spec): Spec => ({ kind: 'dict', of, item })
const any: Spec = { kind: 'any' }

const MAX_INT = 2_147_483_647
const later = 'not implemented yet'
const elsewhere = 'this service does not exist here'
const jvm = 'it names Java code, which does not run here'

const maxSizePolicies: readonly string[] = [
  'PER_NODE',
  'PER_PARTITION',
  'USED_HEAP_SIZE',
  'USED_HEAP_PERCENTAGE',
  'FREE_HEAP_SIZE',
  'FREE_HEAP_PERCENTAGE',
  'USED_NATIVE_MEMORY_SIZE',
  'USED_NATIVE_MEMORY_PERCENTAGE',
  'FREE_NATIVE_MEMORY_SIZE',
  'FREE_NATIVE_MEMORY_PERCENTAGE',
]
const formats = word(['BINARY', 'OBJECT'], 'BINARY', { NATIVE: 'memory outside of the heap is what BINARY means here' })

const evictionFields = (size: number, sizePolicy: string, policy: string, sizePolicies: readonly string[]): Fields => ({
  size: { spec: int(0, MAX_INT, size), doc: 'entries or amount; 0 = no limit' },
  'max-size-policy': { spec: word(sizePolicies, sizePolicy), doc: 'what `size` counts' },
  'eviction-policy': { spec: word(['NONE', 'LRU', 'LFU', 'RANDOM'], policy), doc: 'which entries go first' },
  'comparator-class-name': { spec: text(), doc: 'own order of eviction', noEffect: jvm },
})

const mapStore: Fields = {
  enabled: { spec: bool(true), doc: '' },
  'initial-mode': { spec: word(['LAZY', 'EAGER'], 'LAZY'), doc: 'when keys are loaded' },
  offload: { spec: bool(true), doc: '' },
  'class-name': { spec: text(), doc: '' },
  'factory-class-name': { spec: text(), doc: '' },
  'write-delay-seconds': { spec: int(0, MAX_INT, 0), doc: '0 = write through' },
  'write-batch-size': { spec: int(1, MAX_INT, 1), doc: '' },
  'write-coalescing': { spec: bool(true), doc: '' },
  properties: { spec: dict('property', text()), doc: '' },
}

const nearCache: Fields = {
  name: { spec: text('default'), doc: '' },
  'in-memory-format': { spec: formats, doc: '' },
  'serialize-keys': { spec: bool(false), doc: '' },
  'invalidate-on-change': { spec: bool(true), doc: '' },
  'time-to-live-seconds': { spec: int(0, MAX_INT, 0), doc: '' },
  'max-idle-seconds': { spec: int(0, MAX_INT, 0), doc: '' },
  'cache-local-entries': { spec: bool(false), doc: '' },
  'local-update-policy': { spec: word(['INVALIDATE', 'CACHE_ON_UPDATE'], 'INVALIDATE'), doc: '' },
  eviction: { spec: section(evictionFields(10_000, 'ENTRY_COUNT', 'LRU', ['ENTRY_COUNT', ...maxSizePolicies])), doc: '' },
  preloader: { spec: any, doc: '' },
}

const index: Fields = {
  name: { spec: text(), doc: 'generated when empty' },
  type: { spec: word(['SORTED', 'HASH', 'BITMAP'], 'SORTED'), doc: '' },
  attributes: { spec: list('attribute'), doc: '1 to 255 attributes' },
  'bitmap-index-options': { spec: any, doc: '' },
  'btree-index': { spec: any, doc: '' },
}

export const mapFields: Fields = {
  'backup-count': { spec: int(0, 6, 1), doc: 'synchronous backups of each entry; with `async-backup-count` at most 6' },
  'async-backup-count': { spec: int(0, 6, 0), doc: 'asynchronous backups of each entry; with `backup-count` at most 6' },
  'read-backup-data': { spec: bool(false), doc: 'a member that holds a copy answers `get` itself' },
  'time-to-live-seconds': { spec: int(0, MAX_INT, 0), doc: 'seconds an entry lives after its last write; 0 = for ever' },
  'max-idle-seconds': { spec: int(0, MAX_INT, 0), doc: 'seconds an entry lives without access; 0 = for ever' },
  'in-memory-format': { spec: formats, doc: 'equality of values is by bytes with both' },
  'statistics-enabled': { spec: bool(true), doc: 'calls and hits are counted' },
  'per-entry-stats-enabled': { spec: bool(false), doc: 'creation, update and access times and hits of every entry' },
  'metadata-policy': { spec: word(['CREATE_ON_UPDATE', 'OFF'], 'CREATE_ON_UPDATE'), doc: '', noEffect: later },
  'cache-deserialized-values': { spec: word(['NEVER', 'INDEX-ONLY', 'ALWAYS'], 'INDEX-ONLY'), doc: '', noEffect: later },
  eviction: {
    spec: section(evictionFields(0, 'PER_NODE', 'NONE', maxSizePolicies)),
    doc: 'a limit on the size',
    noEffect: later,
  },
  'merge-policy': {
    spec: section(
      {
        'class-name': { spec: text('PutIfAbsentMergePolicy'), doc: '' },
        'batch-size': { spec: int(1, MAX_INT, 100), doc: '' },
      },
      'class-name',
    ),
    doc: 'after a split',
    noEffect: 'there is nothing to merge: a side without quorum does not write',
  },
  indexes: { spec: list('index', section(index)), doc: '', noEffect: later },
  attributes: {
    spec: dict('attribute', section({ 'extractor-class-name': { spec: text(), doc: '' } }, 'extractor-class-name')),
    doc: '',
    noEffect: jvm,
  },
  'near-cache': { spec: section(nearCache), doc: 'of members; clients configure their own', noEffect: later },
  'map-store': { spec: section(mapStore), doc: 'a database behind the map', noEffect: later },
  'event-journal': {
    spec: section({
      enabled: { spec: bool(false), doc: '' },
      capacity: { spec: int(1, MAX_INT, 10_000), doc: '' },
      'time-to-live-seconds': { spec: int(0, MAX_INT, 0), doc: '' },
    }),
    doc: '',
    noEffect: later,
  },
  'merkle-tree': {
    spec: section({ enabled: { spec: bool(true), doc: '' }, depth: { spec: int(2, 27, 10), doc: '' } }),
    doc: '',
    noEffect: 'copies are kept equal by the log',
  },
  'entry-listeners': { spec: list('entry-listener', any), doc: '', noEffect: jvm },
  'partition-lost-listeners': { spec: list('partition-lost-listener', any), doc: '', noEffect: jvm },
  'partition-strategy': { spec: text(), doc: '', noEffect: jvm },
  'partition-attributes': { spec: any, doc: '', noEffect: later },
  'query-caches': { spec: any, doc: '', noEffect: later },
  'split-brain-protection-ref': { spec: text(), doc: '', noEffect: later },
  'wan-replication-ref': { spec: any, doc: '', noEffect: later },
  'hot-restart': { spec: any, doc: '', noEffect: 'entries live in memory only' },
  'data-persistence': { spec: any, doc: '', noEffect: 'entries live in memory only' },
  'tiered-store': { spec: any, doc: '', noEffect: 'entries live in memory only' },
  'user-code-namespace': { spec: text(), doc: '', noEffect: jvm },
}

const cloud = { spec: any, doc: '', noEffect: 'use tcp-ip or dns' }

const joinFields: Fields = {
  'auto-detection': {
    spec: section({
      enabled: { spec: bool(true), doc: 'looks at ports 5701 to 5710 of this machine, when nothing else is enabled' },
    }),
    doc: 'members of this machine',
  },
  multicast: {
    spec: section({
      enabled: { spec: bool(false), doc: '' },
      'multicast-group': { spec: text('224.2.2.3'), doc: '' },
      'multicast-port': { spec: int(1, 65_535, 54_327), doc: '' },
      'multicast-timeout-seconds': { spec: int(1, 3_600, 2), doc: '' },
      'multicast-time-to-live': { spec: int(0, 255, 32), doc: '' },
      'trusted-interfaces': { spec: list('interface'), doc: '' },
      loopbackModeEnabled: { spec: bool(true), doc: '', noEffect: 'it is always on' },
    }),
    doc: 'members that answer on a multicast group',
  },
  'tcp-ip': {
    spec: section({
      enabled: { spec: bool(false), doc: '' },
      'connection-timeout-seconds': { spec: int(1, 3_600, 5), doc: '', noEffect: 'a dial has 2 seconds, and is repeated' },
      'required-member': { spec: text(), doc: '', noEffect: later },
      member: {
        spec: list('member'),
        doc: 'host, host:port, or a range such as 10.0.0.4-18',
        also: ['members', 'member-list', 'interface'],
      },
    }),
    doc: 'members at known addresses',
  },
  dns: {
    spec: section({
      enabled: { spec: bool(true), doc: '' },
      name: { spec: text(), doc: 'every address of it is asked' },
      port: { spec: int(0, 65_535, 5701), doc: '' },
    }),
    doc: 'members behind a DNS name (not in the original)',
  },
  kubernetes: { spec: any, doc: 'only `service-dns` and `service-port` are used' },
  aws: cloud,
  gcp: cloud,
  azure: cloud,
  eureka: cloud,
  'discovery-strategies': cloud,
}

const networkFields: Fields = {
  'public-address': { spec: text(), doc: 'host or host:port that others are told' },
  port: {
    spec: section(
      {
        'auto-increment': { spec: bool(true), doc: 'take the next free port' },
        'port-count': { spec: int(1, 65_535, 100), doc: 'ports that are tried' },
        port: { spec: int(0, 65_535, 5701), doc: '0 = any free one' },
      },
      'port',
    ),
    doc: 'for members, clients and HTTP alike',
  },
  'reuse-address': { spec: bool(false), doc: '', noEffect: 'listening sockets always reuse theirs' },
  'outbound-ports': { spec: any, doc: '', noEffect: later },
  interfaces: {
    spec: section({
      enabled: { spec: bool(false), doc: '' },
      interface: { spec: list('interface'), doc: '10.3.16.* or 10.3.10.4-18', also: ['interfaces'] },
    }),
    doc: 'which address of this machine to use',
  },
  join: { spec: section(joinFields), doc: 'how members find each other' },
  ssl: { spec: any, doc: '', noEffect: later },
  'socket-interceptor': { spec: any, doc: '', noEffect: jvm },
  'symmetric-encryption': { spec: any, doc: '', noEffect: later },
  'failure-detector': { spec: any, doc: '', noEffect: 'see the cobnut.* properties' },
  icmp: { spec: any, doc: '', noEffect: 'see the cobnut.* properties' },
  'memcache-protocol': { spec: any, doc: '', noEffect: elsewhere },
  'rest-api': { spec: any, doc: '', noEffect: 'see the cobnut.http.* properties' },
  'member-address-provider': { spec: any, doc: '', noEffect: jvm },
  'soTimeout-seconds': { spec: any, doc: '', noEffect: later },
}

/** Known to the original, and without effect here. */
const others: Readonly<Record<string, string>> = {
  'license-key': 'none is needed',
  'management-center': elsewhere,
  'wan-replication': elsewhere,
  queue: elsewhere,
  multimap: elsewhere,
  replicatedmap: elsewhere,
  cache: elsewhere,
  list: elsewhere,
  set: elsewhere,
  topic: elsewhere,
  'reliable-topic': elsewhere,
  ringbuffer: elsewhere,
  'executor-service': elsewhere,
  'durable-executor-service': elsewhere,
  'scheduled-executor-service': elsewhere,
  'cardinality-estimator': elsewhere,
  'flake-id-generator': elsewhere,
  'pn-counter': elsewhere,
  'cp-subsystem': elsewhere,
  jet: elsewhere,
  sql: elsewhere,
  'user-code-deployment': jvm,
  'user-code-namespaces': jvm,
  serialization: jvm,
  listeners: jvm,
  'native-memory': 'entries are outside of the heap anyway',
  persistence: 'entries live in memory only',
  'hot-restart-persistence': 'entries live in memory only',
  'local-device': 'entries live in memory only',
  'dynamic-configuration': later,
  'split-brain-protection': later,
  security: later,
  'member-attributes': later,
  metrics: 'see /metrics on the port of the member',
  'instance-tracking': later,
  auditlog: later,
  'advanced-network': later,
  'integrity-checker': later,
  diagnostics: later,
  rest: 'see the cobnut.http.* properties',
  tpc: later,
  'vector-collection': elsewhere,
  'data-connection': elsewhere,
  'config-replacers': later,
}

const rootFields: Fields = {
  'cluster-name': { spec: text('dev'), doc: 'members and clients of another name are refused' },
  'instance-name': { spec: text(), doc: 'for logs' },
  'lite-member': {
    spec: section({ enabled: { spec: bool(false), doc: 'holds no entries' } }, 'enabled'),
    doc: 'a member without entries',
  },
  network: { spec: section(networkFields), doc: 'addresses' },
  'partition-group': {
    spec: section({
      enabled: { spec: bool(false), doc: '' },
      'group-type': {
        spec: word(['PER_MEMBER', 'HOST_AWARE'], 'PER_MEMBER', {
          CUSTOM: later,
          ZONE_AWARE: later,
          NODE_AWARE: later,
          PLACEMENT_AWARE: later,
          SPI: jvm,
        }),
        doc: 'no two copies of an entry in one group',
      },
    }),
    doc: 'what may not hold two copies of an entry',
  },
  map: { spec: dict('map', section(mapFields)), doc: 'by name, pattern with one `*`, or `default`' },
  properties: { spec: dict('property', text()), doc: 'see the table of properties' },
  import: { spec: list('import', any), doc: 'another file, in the place of this element' },
  ...Object.fromEntries(Object.entries(others).map(([name, noEffect]) => [name, { spec: any, doc: '', noEffect }])),
}

export const rootSpec = section(rootFields)
