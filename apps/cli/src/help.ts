import type { Command, Flags } from './command.ts'
import { registry, type Entry } from './commands/registry.ts'
import { globalFlags } from './parse-argv.ts'

/** Everything, or the commands of one noun. */
export function formatOverview(noun?: string): string {
  const entries = registry.filter(({ name }) => noun === undefined || name.startsWith(`${noun} `))
  const rows = entries.map(({ name, summary }) => [`millrace ${name}`, summary] as const)
  return [
    noun === undefined ? 'Millrace runs scripts as jobs: from a form, over HTTP, from here.\n' : '',
    `Usage:\n${formatRows(rows)}\n`,
    `Flags of every command:\n${formatFlags(globalFlags)}\n`,
    'Each command explains itself with --help.',
    'Exit codes: 0 success, 1 the job failed, 2 called wrongly, 3 server or sign-in, 130 interrupted.\n',
  ]
    .filter(Boolean)
    .join('\n')
}

/** One command. */
export function formatHelp(entry: Entry, command: Command): string {
  const flags = Object.keys(command.flags).length > 0 ? `Flags:\n${formatFlags(command.flags)}\n` : ''
  const notes = command.notes ? `${command.notes.join('\n')}\n` : ''
  const summary = `${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.\n`
  return [
    summary,
    `${formatUsage(entry, command)}\n`,
    flags,
    `Flags of every command:\n${formatFlags(globalFlags)}\n`,
    notes,
  ]
    .filter(Boolean)
    .join('\n')
}

/** `Usage: millrace script push <file> [flags]`. */
export function formatUsage(entry: Entry, command: Command): string {
  const words = command.words.map((word) => (word.startsWith('[') ? word : `<${word}>`))
  const flags = Object.keys(command.flags).length > 0 ? ['[flags]'] : []
  const open = command.isOpen ? ['[--<argument> <value>]…'] : []
  return ['Usage: millrace', entry.name, ...words, ...flags, ...open].join(' ')
}

function formatFlags(flags: Flags): string {
  return formatRows(
    Object.entries(flags).map(
      ([name, { value, help }]) => [value ? `--${name} <${value}>` : `--${name}`, help] as const,
    ),
  )
}

function formatRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
