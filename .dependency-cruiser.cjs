/**
 * The rooms of packages/core/src and who may import whom. Imports go down; `npm run check` and a unit test hold the code to
 * this table. A new room gets a row here and one in ARCHITECTURE.md.
 */

/** `may`: rooms by name, or 'below': every room of a lower level but the real world, which comes in through env/ only. */
const rooms = {
  base: { level: 0, may: [] },
  api: { level: 1, may: ['base'] },
  env: { level: 1, may: ['base'] },
  codec: { level: 1, may: ['base'] },
  protocol: { level: 2, may: ['codec', 'api', 'base'] },
  serialization: { level: 2, may: ['codec', 'api', 'base'] },
  storage: { level: 2, may: ['base'] },
  // the knobs are a table of protocol/
  config: { level: 3, may: ['protocol', 'api', 'base'] },
  // its parts stand in for the interfaces that env/ and config/ declare
  node: { level: 4, may: ['env', 'config', 'api', 'base'] },
  link: { level: 3, may: 'below' },
  control: { level: 4, may: 'below' },
  // plans over the cluster state, a value of control/
  partition: { level: 5, may: ['control', 'api', 'base'] },
  cluster: { level: 6, may: 'below' },
  operation: { level: 7, may: 'below' },
  query: { level: 7, may: ['serialization', 'codec', 'api', 'base'] },
  // these two know of each other only what operation/ declares; member/ introduces them
  migration: { level: 8, may: 'below' },
  map: { level: 8, may: 'below' },
  server: { level: 9, may: ['map', 'operation', 'link', 'serialization', 'protocol', 'codec', 'env', 'api', 'base'] },
  member: { level: 10, may: 'below' },
  http: { level: 11, may: ['member', 'serialization', 'api', 'base'] },
}

const names = Object.keys(rooms)

function allowed(name) {
  const { level, may } = rooms[name]
  return may === 'below' ? names.filter(other => other !== 'node' && rooms[other].level < level) : may
}

const src = '^packages/core/src/'
const inRoom = (...of) => `${src}(${of.join('|')})/`
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown']

const roomRules = names.map(name => ({
  name: `room-${name}`,
  comment: `${name}/ may import ${allowed(name).join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: inRoom(name) },
  to: { path: src, pathNot: inRoom(name, ...allowed(name)) },
}))

const rules = [
  {
    name: 'no-unknown-room',
    comment: 'every folder has a row in the table of .dependency-cruiser.cjs',
    from: { path: `${src}[^/]+/`, pathNot: inRoom(...names) },
    to: {},
  },
  {
    name: 'no-cycle',
    comment: 'files that need each other are one file, or one of them knows too much',
    from: { path: '^packages/' },
    to: { circular: true },
  },
  {
    name: 'world-through-env',
    comment: 'node:* is for node/, http/ and the CLI: everything else runs in the simulator too',
    from: { path: '^packages/core/src/', pathNot: inRoom('node', 'http') },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'product-stands-alone',
    comment: 'what is published imports neither the simulator nor tests',
    from: { path: '^packages/[^/]+/src/' },
    to: { path: '^(packages/[^/]+/(sim|test)|scripts|bench)/' },
  },
  {
    name: 'core-knows-no-face',
    comment: 'the core does not import the packages on top of it',
    from: { path: '^packages/core/' },
    to: { path: '^packages/(?!core/)' },
  },
  {
    name: 'core-by-its-face',
    comment: 'other packages use what packages/core/src/index.ts exports',
    from: { path: '^packages/(?!core/)[^/]+/src/' },
    to: { path: '^packages/core/(src|sim)/' },
  },
  {
    name: 'packages-for-config-only',
    comment: 'the core has two dependencies, both for reading configuration files',
    from: { path: '^packages/core/src/', pathNot: inRoom('config') },
    to: { dependencyTypes: npm },
  },
  {
    name: 'packages-lazily',
    comment: 'whoever configures by code pays for no parser: await import() where it is needed',
    from: { path: '^packages/core/src/' },
    to: { dependencyTypes: npm, dependencyTypesNot: ['type-only'], dynamic: false },
  },
  {
    name: 'resolvable',
    comment: 'an import that leads nowhere',
    from: {},
    to: { couldNotResolve: true },
  },
]

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [...roomRules, ...rules.map(rule => ({ severity: 'error', ...rule }))],
  options: {
    // imports for types only count too: they are knowledge all the same
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '^packages/[^/]+/(dist|\\.build[^/]*|test/house-fixtures)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
