/** One setting: how it reads from the environment, its default, and the sentence that documents it. */
export interface Setting<T> {
  /** Environment variable. */
  readonly env: string
  readonly help: string
  /** Shown in `--print-config` and the generated reference; absent when there is no default. */
  readonly defaultText: string | undefined
  readonly secret: boolean
  /** Throws a sentence for a bad value. */
  parse(text: string | undefined): T
}

/** A package's slice of the configuration. */
export type Settings = Readonly<Record<string, Setting<unknown>>>

/** The values of a slice. */
export type SettingsOf<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }

/** A text; `undefined` when absent and no default is given. */
export function text(env: string, help: string): Setting<string | undefined>
export function text(env: string, help: string, fallback: string): Setting<string>
export function text(env: string, help: string, fallback?: string): Setting<string | undefined> {
  return { env, help, defaultText: fallback, secret: false, parse: (value) => (value ? value : fallback) }
}

/** A text that is never printed; shorter than `minLength` is refused. */
export function secret(env: string, help: string, minLength = 1): Setting<string | undefined> {
  return {
    env,
    help,
    defaultText: undefined,
    secret: true,
    parse(value) {
      if (!value) return undefined
      if (value.length < minLength) throw new Error(`${env} must have at least ${minLength} characters`)
      return value
    },
  }
}

/** A whole number; without bounds anything from 0. */
export function int(
  env: string,
  help: string,
  fallback: number,
  bounds: { min?: number; max?: number } = {},
): Setting<number> {
  return number({ env, help, fallback, ...bounds, isWhole: true })
}

/** A number that need not be whole; without bounds anything from 0. */
export function decimal(
  env: string,
  help: string,
  fallback: number,
  bounds: { min?: number; max?: number } = {},
): Setting<number> {
  return number({ env, help, fallback, ...bounds, isWhole: false })
}

interface NumberRule {
  readonly env: string
  readonly help: string
  readonly fallback: number
  readonly min?: number
  readonly max?: number
  readonly isWhole: boolean
}

function number(rule: NumberRule): Setting<number> {
  const { env, help, fallback, min = 0, max = Number.MAX_SAFE_INTEGER, isWhole } = rule
  return {
    env,
    help,
    defaultText: String(fallback),
    secret: false,
    parse(value) {
      if (value === undefined || value === '') return fallback
      const parsed = Number(value)
      const isRight = isWhole ? Number.isInteger(parsed) : Number.isFinite(parsed)
      if (!isRight || parsed < min || parsed > max)
        throw new Error(`${env} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}, not "${value}"`)
      return parsed
    },
  }
}

/** One of a closed list of words. */
export function oneOf<const T extends string>(env: string, help: string, words: readonly T[], fallback: T): Setting<T> {
  return {
    env,
    help,
    defaultText: fallback,
    secret: false,
    parse(value) {
      if (!value) return fallback
      const found = words.find((word) => word === value)
      if (found === undefined) throw new Error(`${env} must be one of ${words.join(', ')}, not "${value}"`)
      return found
    },
  }
}

/** A list of words separated by commas. */
export function list(env: string, help: string, fallback: readonly string[]): Setting<readonly string[]> {
  return {
    env,
    help,
    defaultText: fallback.join(','),
    secret: false,
    parse: (value) =>
      value
        ? value
            .split(',')
            .map((word) => word.trim())
            .filter(Boolean)
        : fallback,
  }
}

/** Reads a slice, and tells every fault of it rather than the first. */
export function readSettings<S extends Settings>(
  slice: S,
  env: Readonly<Record<string, string | undefined>>,
  faults: string[],
): SettingsOf<S> {
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(slice)) {
    try {
      values[key] = setting.parse(env[setting.env])
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error))
    }
  }
  return Object.freeze(values) as SettingsOf<S>
}
