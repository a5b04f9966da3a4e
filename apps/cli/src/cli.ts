import { readFile } from 'node:fs/promises'
import { registry, type Entry } from './commands/registry.ts'
import type { Config } from './config.ts'
import { exit, UsageError, type ExitCode } from './exit.ts'
import { formatHelp, formatOverview, formatUsage } from './help.ts'
import { findNearest } from './nearest.ts'
import type { Terminal } from './output/terminal.ts'

/** Runs one command line (without `node` and the file) and gives its exit code; only bugs are thrown. */
export async function runCli(argv: readonly string[], terminal: Terminal, config: Config): Promise<ExitCode> {
  const [first = '--help', second = ''] = argv
  if (first === '--version' || first === '-v' || first === 'version') return printVersion(terminal)
  if (first === '--help' || first === '-h' || first === 'help') return printText(terminal, formatOverview())

  const found = findEntry(first, second)
  if (!found) return printUnknown(terminal, first, second)
  if (found.entry.load) return runCommand(found.entry, argv.slice(found.length), { terminal, config })
  terminal.out(
    `${found.entry.summary}: millrace ${found.entry.name}\nIts settings are environment variables; see the README.\n`,
  )
  return exit.success
}

async function runCommand(
  entry: Entry,
  argv: readonly string[],
  { terminal, config }: { terminal: Terminal; config: Config },
): Promise<ExitCode> {
  const command = await entry.load?.()
  if (!command) return exit.usage
  const { parseArgv } = await import('./parse-argv.ts')
  try {
    const typed = parseArgv(command, argv)
    if (typed.flags['help'] === true) return printText(terminal, formatHelp(entry, command))
    const { Session } = await import('./session.ts')
    const session = new Session(config, readGlobalFlags(typed.flags))
    return await command.run({ terminal, session, wantsJson: typed.flags['json'] === true }, typed)
  } catch (error) {
    return await fail(terminal, error, formatUsage(entry, command))
  }
}

async function fail(terminal: Terminal, error: unknown, usage: string): Promise<ExitCode> {
  const { printFailure } = await import('./output/print-failure.ts')
  return printFailure(terminal, error, usage)
}

function readGlobalFlags(flags: Readonly<Record<string, string | boolean | undefined>>) {
  const { url, token, workspace } = flags
  return {
    ...(typeof url === 'string' && { url }),
    ...(typeof token === 'string' && { token }),
    ...(typeof workspace === 'string' && { workspace }),
  }
}

function findEntry(first: string, second: string): { entry: Entry; length: number } | undefined {
  const two = registry.find(({ name }) => name === `${first} ${second}`)
  if (two) return { entry: two, length: 2 }
  const one = registry.find(({ name }) => name === first)
  return one && { entry: one, length: 1 }
}

function printUnknown(terminal: Terminal, first: string, second: string): Promise<ExitCode> | ExitCode {
  const isNoun = registry.some(({ name }) => name.startsWith(`${first} `))
  if (isNoun && (second === '--help' || second === '-h')) return printText(terminal, formatOverview(first))
  const typed = isNoun ? `${first} ${second}`.trim() : first
  const nearest =
    findNearest(
      typed,
      registry.map(({ name }) => name),
    ) ?? findNearest(first, nouns())
  const hint = nearest ? ` Did you mean \`millrace ${nearest}\`?` : ''
  const message =
    isNoun && second === ''
      ? `\`millrace ${first}\` needs a verb.`
      : `There is no command \`millrace ${typed}\`.${hint}`
  return fail(terminal, new UsageError(message), `See \`millrace ${isNoun ? `${first} ` : ''}--help\`.`)
}

function nouns(): string[] {
  return [...new Set(registry.map(({ name }) => name.split(' ')[0] ?? ''))]
}

function printText(terminal: Terminal, text: string): ExitCode {
  terminal.out(text)
  return exit.success
}

async function printVersion(terminal: Terminal): Promise<ExitCode> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
  terminal.out(`millrace ${version}\n`)
  return exit.success
}
