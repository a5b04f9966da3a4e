import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defineCommand } from '../command.ts'
import { exit, UsageError } from '../exit.ts'
import { listenForInterrupts } from '../follow-in-terminal.ts'

export const dev = defineCommand({
  words: ['[folder]'],
  flags: { 'no-run': { help: 'only keep schemas and locks fresh' } },
  notes: [
    'Watches a checkout of a workspace (f/<folder>/<name>.<ending>), or any folder in it; . without <folder>.',
    'On each save the schema in <name>.script.yaml is made fresh, the script runs as a preview, with the arguments of',
    "<name>.args.json and the schema's defaults, and its packages are pinned in <name>.script.lock. The log goes to",
    'standard error, the result as JSON to standard output. A newer save cancels the run. See docs/local-development.md.',
  ],
  async run({ terminal, session }, { flags, words: [word = '.'] }) {
    const folder = resolve(word)
    if (!(await isFolder(folder))) throw new UsageError(`There is no folder ${word}.`)
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const { develop } = await import('../dev/develop.ts')
    const { interrupted, left, forget } = listenForInterrupts(terminal)
    try {
      await develop({ client, terminal, workspace, folder, runs: flags['no-run'] !== true, interrupted, left })
      return exit.success
    } finally {
      forget()
    }
  },
})

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
