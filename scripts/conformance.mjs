/**
 * npm run conformance [-- --against hazelcast] [--members N] [WORD ...]: the rows of the conformance suite against a cluster of
 * ours, or of a real Hazelcast whose jar HAZELCAST_JAR names; with words, only rows whose title contains one of them.
 */

await import('../packages/core/dist/test/conformance/run.js')
