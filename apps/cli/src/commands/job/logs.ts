import { followJob } from '@millrace/client'
import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'

export const printJobLogs = defineCommand({
  words: ['id'],
  flags: { follow: { help: 'go on until the job ends' } },
  async run({ terminal, session }, { flags, words: [id = ''] }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    if (!flags.follow) {
      const log = await client.jobs.getJobLogs({ workspace, id })
      terminal.out(log === '' || log.endsWith('\n') ? log : `${log}\n`)
      return exit.success
    }
    const abort = new AbortController()
    const forget = terminal.onInterrupt(() => abort.abort())
    try {
      await followJob(client, workspace, id, {
        signal: abort.signal,
        onUpdate: (update) => update.new_logs && terminal.out(update.new_logs),
      })
      return exit.success
    } catch (error) {
      if (abort.signal.aborted) return exit.interrupted
      throw error
    } finally {
      forget()
    }
  },
})
