import { watchGroup } from '../autoscale/watch-group.ts'
import { defineCommand } from '../command.ts'
import { exit, UsageError } from '../exit.ts'

export const autoscale = defineCommand({
  words: [],
  flags: {
    group: { value: 'name', help: 'worker group to watch (default)' },
    up: { value: 'command', help: 'command line that adds workers' },
    down: { value: 'command', help: 'command line that removes workers' },
    every: { value: 'seconds', help: 'between looks (15)' },
    cooldown: { value: 'seconds', help: 'after a command, before the next (60)' },
    quiet: { value: 'looks', help: 'in a row that want fewer workers before some are removed (4)' },
    once: { help: 'look once and end, for a timer of your own' },
  },
  notes: [
    'A command finds MILLRACE_WANTED, MILLRACE_CURRENT and MILLRACE_GROUP in its environment and has 10 minutes.',
    'Needs the token of a superadmin. See docs/scaling.md.',
  ],
  async run({ terminal, session, wantsJson }, { flags }) {
    if (flags.up === undefined && flags.down === undefined)
      throw new UsageError('Say what adds or removes workers: --up <command>, --down <command>, or both.')
    const everyMs = readNumber('every', flags.every, { fallback: 15, min: 1 }) * 1000
    const cooldownMs = readNumber('cooldown', flags.cooldown, { fallback: 60, min: 0 }) * 1000
    const quietLooks = readNumber('quiet', flags.quiet, { fallback: 4, min: 1 })
    const client = await session.signedInClient()
    const abort = new AbortController()
    const forget = terminal.onInterrupt(() => abort.abort())
    try {
      await watchGroup({
        client,
        terminal,
        group: flags.group ?? 'default',
        everyMs,
        cooldownMs,
        quietLooks,
        isOnce: flags.once === true,
        wantsJson,
        commands: { up: flags.up, down: flags.down },
        environment: session.environment,
        signal: abort.signal,
      })
      return exit.success
    } finally {
      forget()
    }
  },
})

function readNumber(name: string, text: string | undefined, bounds: { fallback: number; min: number }): number {
  if (text === undefined) return bounds.fallback
  const number = Number(text)
  if (text.trim() !== '' && Number.isInteger(number) && number >= bounds.min && number <= 86_400) return number
  throw new UsageError(`--${name} must be a whole number from ${bounds.min} to 86400, not "${text}".`)
}
