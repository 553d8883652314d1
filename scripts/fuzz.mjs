// A hostile client against a real member: npm run fuzz -- --frames N --seed S; see packages/core/test/fuzz/run.ts.
await import('../packages/core/dist/test/fuzz/run.js')
