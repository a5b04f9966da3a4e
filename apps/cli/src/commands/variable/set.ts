import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { readStdin } from '../../read-data.ts'

export const setVariable = defineCommand({
  words: ['path', '[value]'],
  flags: {
    secret: { help: 'keep it encrypted, and out of lists and logs' },
    description: { value: 'text', help: 'what it is for' },
  },
  notes: ['Without a value it is read from standard input, so that a secret is not in the history of the shell.'],
  async run({ terminal, session }, { flags, words: [path = '', given] }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const value = given ?? (await readStdin(terminal)).replace(/\r?\n$/, '')
    const { description } = flags
    if (await client.variables.existsVariable({ workspace, path })) {
      const body = {
        value,
        ...(flags.secret && { is_secret: true }),
        ...(description !== undefined && { description }),
      }
      await client.variables.updateVariable({ workspace, path, body })
    } else {
      const body = { path, value, is_secret: flags.secret ?? false, description: description ?? '' }
      await client.variables.createVariable({ workspace, body })
    }
    terminal.err(`${path} is set.\n`)
    return exit.success
  },
})
