import type { ExitCode } from './exit.ts'
import type { RawArg } from './parse-argv.ts'
import type { Session } from './session.ts'
import type { Terminal } from './output/terminal.ts'

/** A flag of a command: `value` names what follows it, a flag without is a switch. */
export interface Flag {
  readonly value?: string
  readonly help: string
}
export type Flags = Readonly<Record<string, Flag>>

/** Values by flag: a text where the flag takes one, else true. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends { readonly value: string } ? string : boolean
}

/** Values before they are told apart by flag. */
export type RawFlagValues = Readonly<Record<string, string | boolean>>

/** What a command is given besides its flags and words. */
export interface Context {
  readonly terminal: Terminal
  readonly session: Session
  /** `--json`: rows and objects as JSON instead of tables. */
  readonly wantsJson: boolean
}

/** What was typed after the command's name. `args` are unknown flags and surplus words, for a command that is `open`. */
export interface Typed<V = RawFlagValues> {
  readonly flags: V
  readonly words: readonly string[]
  readonly args: readonly RawArg[]
}

/** One command. Help texts come from here; `words` are the names of its positional words (`[name]` may be left out). */
export interface Command<F extends Flags = Flags, V = RawFlagValues> {
  readonly words: readonly string[]
  readonly flags: F
  /** Takes flags it does not know, for the script that it runs. */
  readonly isOpen?: boolean
  /** More lines for `--help`. */
  readonly notes?: readonly string[]
  run(context: Context, typed: Typed<V>): Promise<ExitCode>
}

/** Keeps the literal types of a command's flags while it is defined; the registry sees all commands alike. */
export function defineCommand<const F extends Flags>(command: Command<F, FlagValues<F>>): Command {
  return {
    ...command,
    // What was typed has been parsed by `command.flags` itself, which is what F was inferred from.
    run: (context, typed) => command.run(context, typed as Typed<FlagValues<F>>),
  }
}
