const encoder = new TextEncoder()

/** JSON preceded by its length: `<bytes>\n` and that many bytes. */
export function encodeJson(value: unknown): Uint8Array {
  const body = encoder.encode(JSON.stringify(value))
  const header = encoder.encode(`${body.length}\n`)
  const whole = new Uint8Array(header.length + body.length)
  whole.set(header)
  whole.set(body, header.length)
  return whole
}

/**
 * For wrappers in a shell: each variable as `NAME=value` and NUL, then an empty one. What holds a NUL cannot be a variable and
 * loses it.
 */
export function encodeEnvironment(env: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(env).map(([name, value]) => `${name}=${value}`.replaceAll('\0', ''))
  return encoder.encode([...entries, ''].map((entry) => `${entry}\0`).join(''))
}
