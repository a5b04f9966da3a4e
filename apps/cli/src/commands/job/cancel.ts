import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'

export const cancelJob = defineCommand({
  words: ['id'],
  flags: { reason: { value: 'text', help: 'shown with the job' } },
  async run({ terminal, session }, { flags, words: [id = ''] }) {
    const client = await session.signedInClient()
    const body = flags.reason === undefined ? {} : { reason: flags.reason }
    await client.jobs.cancelQueuedJob({ workspace: await session.workspace(), id, body })
    terminal.err(`Job ${id} was asked to end.\n`)
    return exit.success
  },
})
