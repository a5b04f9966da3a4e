import type { JobInput } from '../runtime.ts'
import { readParameters, type Parameter } from './parameters.ts'

/** How a value of JSON becomes one of a type that JSON does not have. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  float: 'into float',
  datetime: 'into datetime',
  duration: 'into duration',
  filesize: 'into filesize',
  binary: 'decode base64',
}
const encoder = new TextEncoder()

/** `<bytes>`, a line feed, and that many bytes: a line with the call of `main`, then JSON of arguments and environment. */
export function encodeCall(source: string, { args, env }: JobInput): Uint8Array {
  const call = writeCall(source, args)
  // Nushell has this one as a list, and takes over no other.
  const path = env['PATH'] === undefined ? {} : { PATH: env['PATH'].split(':') }
  const body = encoder.encode(`${call}\n${JSON.stringify({ args, env: { ...env, ...path } })}`)
  const header = encoder.encode(`${body.length}\n`)
  const whole = new Uint8Array(header.length + body.length)
  whole.set(header)
  whole.set(body, header.length)
  return whole
}

/** The expression that calls `main` with what is given; values are looked up in `$millrace.args` by names alone. */
export function writeCall(source: string, args: Readonly<Record<string, unknown>>): string {
  const found = readParameters(source)
  if (!found.ok || found.value === undefined) return fail('the script has no command main: def main [] { … }')
  const isGiven = ({ name }: Parameter) => Object.hasOwn(args, name)
  const missing = found.value.find((parameter) => parameter.isRequired && !isGiven(parameter))
  if (missing) return fail(`argument "${missing.name}" is not given`)

  const positional = found.value.filter(({ kind }) => kind === 'positional')
  const last = positional.findLastIndex(isGiven)
  const words = positional
    .slice(0, last + 1)
    .map((parameter) => (isGiven(parameter) ? value(parameter) : stand(parameter)))
  const flags = found.value.filter((each) => each.kind === 'flag' && isGiven(each) && args[each.name] !== null)
  const rest = found.value.filter((each) => each.kind === 'rest' && Array.isArray(args[each.name]))
  return [
    'main',
    ...words,
    ...flags.map((parameter) => `--${parameter.written}=${value(parameter)}`),
    ...rest.map((parameter) => `...(${lookUp(parameter)})`),
  ].join(' ')
}

function value(parameter: Parameter): string {
  const conversion = Object.hasOwn(CONVERSIONS, parameter.type ?? '') ? CONVERSIONS[parameter.type ?? ''] : undefined
  if (conversion === undefined) return `(${lookUp(parameter)})`
  return `(${lookUp(parameter)} | if $in == null { null } else { $in | ${conversion} })`
}

/** For one that is not given before one that is: its default as it is written. */
function stand({ defaultText }: Parameter): string {
  return defaultText === undefined ? 'null' : `(${defaultText})`
}

function lookUp({ name }: Parameter): string {
  return `$millrace.args | get ${JSON.stringify(name)}`
}

function fail(message: string): string {
  return `error make --unspanned {msg: ${JSON.stringify(message)}}`
}
