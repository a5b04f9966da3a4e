import { parseArgs } from 'node:util'
import type { Command, Flags, Typed } from './command.ts'
import { UsageError } from './exit.ts'
import { findNearest } from './nearest.ts'

/** An argument for the script: a flag with the value that `=` gave it, or a word. */
export type RawArg = { readonly flag: string; readonly value: string | undefined } | { readonly word: string }

/** Flags that every command takes. */
export const globalFlags = {
  url: { value: 'url', help: 'server to talk to (MILLRACE_URL)' },
  token: { value: 'token', help: 'token to sign calls with (MILLRACE_TOKEN)' },
  workspace: { value: 'id', help: 'workspace to work in (MILLRACE_WORKSPACE)' },
  json: { help: 'print JSON instead of tables' },
  help: { help: 'show this help' },
} as const satisfies Flags

/** Parses what follows the name of a command; throws a `UsageError`. */
export function parseArgv(command: Command, argv: readonly string[]): Typed {
  const known: Flags = { ...globalFlags, ...command.flags }
  const { tokens } = parseArgs({
    args: [...argv],
    options: toOptions(known),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const flags: Record<string, string | boolean> = {}
  const words: string[] = []
  const args: RawArg[] = []
  let seenIndex = -1
  for (const token of tokens) {
    const raw = argv[token.index] ?? ''
    if (token.kind === 'option-terminator') {
      args.push(...toRawArgs(argv.slice(token.index + 1)))
      break
    }
    if (token.kind === 'positional') {
      if (words.length < command.words.length) words.push(token.value)
      else args.push({ word: token.value })
    } else if (!raw.startsWith('--')) {
      // `-5` is a number and `-abc` a text; Node gives one token for each of their letters.
      if (token.index !== seenIndex) args.push({ word: raw })
    } else if (known[token.name]) {
      flags[token.name] = readValue(token.name, known[token.name]?.value, token.value)
    } else args.push({ flag: token.name, value: token.value })
    seenIndex = token.index
  }
  const typed = { flags, words, args }
  if (!flags['help']) check(command, typed, known)
  return typed
}

/** Everything after `--` is for the script, also flags that the command knows. */
function toRawArgs(argv: readonly string[]): RawArg[] {
  return argv.map((text) => {
    if (!text.startsWith('--')) return { word: text }
    const [flag = '', ...value] = text.slice(2).split('=')
    return { flag, value: value.length > 0 ? value.join('=') : undefined }
  })
}

function toOptions(known: Flags): Record<string, { type: 'string' | 'boolean' }> {
  const entries = Object.entries(known).map(
    ([name, flag]) => [name, { type: flag.value ? 'string' : 'boolean' }] as const,
  )
  return Object.fromEntries(entries)
}

function readValue(name: string, valueName: string | undefined, value: string | undefined): string | boolean {
  if (valueName === undefined) {
    if (value !== undefined) throw new UsageError(`--${name} is a switch and takes no value.`)
    return true
  }
  if (value === undefined) throw new UsageError(`--${name} needs a value: --${name} <${valueName}>.`)
  return value
}

function check(command: Command, typed: Typed, known: Flags): void {
  const missing = command.words.slice(typed.words.length).find((word) => !word.startsWith('['))
  if (missing) throw new UsageError(`<${missing}> is missing.`)
  const [surplus] = typed.args
  if (command.isOpen || !surplus) return
  if ('word' in surplus) throw new UsageError(`"${surplus.word}" is one word too many.`)
  const nearest = findNearest(surplus.flag, Object.keys(known))
  throw new UsageError(
    `--${surplus.flag} is not a flag of this command${nearest ? `; did you mean --${nearest}?` : '.'}`,
  )
}
