#!/usr/bin/env node
// Exists before anything is built, so that npm links the command on a fresh clone.
await import('../dist/src/main.js')
