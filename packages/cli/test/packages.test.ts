/** What npm would publish. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

interface Packed {
  readonly files: readonly { readonly path: string }[]
}

for (const name of ['core', 'cli']) {
  test(`packages/${name} has what its users need to read and to run, and nothing else`, async () => {
    const cwd = fileURLToPath(new URL(`../../../${name}/`, import.meta.url))
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd })
    const [packed] = JSON.parse(stdout) as [Packed]
    const paths = packed.files.map(file => file.path)
    const isWanted = (path: string): boolean => /^(dist\/(src|chaos|sim)\/.*\.(js|d\.ts)|bin\/cobnut\.js)$/.test(path)
    assert.deepEqual(paths.filter(path => !isWanted(path)).toSorted(), ['LICENSE', 'README.md', 'package.json'])
    assert.ok(paths.includes(name === 'core' ? 'dist/src/index.d.ts' : 'bin/cobnut.js'))
  })
}
