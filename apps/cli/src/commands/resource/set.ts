import { defineCommand } from '../../command.ts'
import { exit, UsageError } from '../../exit.ts'
import { readData } from '../../read-data.ts'

export const setResource = defineCommand({
  words: ['path'],
  flags: {
    data: { value: 'json', help: 'the value: a JSON object, @file, or @- for standard input' },
    type: { value: 'name', help: 'the resource type; needed for a new one' },
    description: { value: 'text', help: 'what it is for' },
  },
  async run({ terminal, session }, { flags, words: [path = ''] }) {
    if (flags.data === undefined) throw new UsageError('Say the value by --data, such as --data @database.json.')
    const value = await readData(terminal, flags.data)
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const texts = { ...(flags.description !== undefined && { description: flags.description }) }
    if (await client.resources.existsResource({ workspace, path })) {
      const body = { value, ...texts, ...(flags.type !== undefined && { resource_type: flags.type }) }
      await client.resources.updateResource({ workspace, path, body })
    } else {
      if (flags.type === undefined)
        throw new UsageError(`There is no resource ${path} yet: say its type by --type, such as --type postgresql.`)
      await client.resources.createResource({ workspace, body: { path, value, resource_type: flags.type, ...texts } })
    }
    terminal.err(`${path} is set.\n`)
    return exit.success
  },
})
