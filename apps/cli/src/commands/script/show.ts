import type { FormSchema } from '@millrace/contracts'
import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'

export const showScript = defineCommand({
  words: ['path'],
  flags: { code: { help: 'print the source alone' } },
  async run({ terminal, session, wantsJson }, { flags, words: [path = ''] }) {
    const client = await session.signedInClient()
    const script = await client.scripts.getScriptByPath({ workspace: await session.workspace(), path })
    if (flags.code) terminal.out(script.content.endsWith('\n') ? script.content : `${script.content}\n`)
    else if (wantsJson) printJson(terminal, script)
    else {
      const { bold } = terminal.style.out
      const archived = script.archived ? ', archived' : ''
      terminal.out(`${bold(script.path)}${script.summary ? `  ${script.summary}` : ''}\n`)
      terminal.out(
        `${script.language}, version ${script.hash} by ${script.created_by} at ${script.created_at}${archived}\n`,
      )
      terminal.out(`\n${formatArguments(script.schema ?? {})}`)
    }
    return exit.success
  },
})

function formatArguments(schema: FormSchema): string {
  const properties = Object.entries(schema.properties ?? {})
  if (properties.length === 0) return 'It takes no arguments.\n'
  const rows = properties.map(([name, property]) => {
    const fields = typeof property === 'object' && property !== null ? { ...property } : {}
    const {
      type,
      default: fallback,
      description,
    } = fields as { type?: unknown; default?: unknown; description?: unknown }
    return [
      `--${name}`,
      typeof type === 'string' ? type : 'any',
      schema.required?.includes(name) ? 'required' : '',
      fallback === undefined ? '' : JSON.stringify(fallback),
      typeof description === 'string' ? description : '',
    ]
  })
  return formatTable(['argument', 'type', '', 'default', 'description'], rows)
}
