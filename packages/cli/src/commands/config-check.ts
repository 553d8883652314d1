/** `cobnut config check`: reads a file as a member would, starts nothing, and tells everything there is to say about it. */

import { checkConfig, formatProblems, nodeConfigWorld } from 'cobnut'
import { exitCode } from '../exit.js'
import { plural } from '../format.js'
import { type Terminal, writeLine } from '../terminal.js'

export async function configCheck(file: string, flags: { readonly json?: boolean }, terminal: Terminal): Promise<number> {
  const { out, err, colours } = terminal
  const { problems, withoutEffect } = await checkConfig({ file }, nodeConfigWorld())
  const code = problems.length === 0 ? exitCode.ok : exitCode.usage
  if (flags.json === true) {
    writeLine(out, JSON.stringify({ file, valid: problems.length === 0, problems, withoutEffect }))
    return code
  }
  if (problems.length > 0) {
    writeLine(err, formatProblems(problems))
    return code
  }
  for (const { path, reason } of withoutEffect) writeLine(out, `${colours.yellow('no effect yet')}  ${path}: ${reason}`)
  writeLine(
    out,
    colours.green(
      `${file}: valid${withoutEffect.length === 0 ? '' : `, ${plural(withoutEffect.length, 'setting')} without effect yet`}`,
    ),
  )
  return code
}
