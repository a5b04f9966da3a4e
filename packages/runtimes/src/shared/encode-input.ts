const encoder = new TextEncoder()

/** JSON preceded by its length: `<prefix><bytes>\n` and that many bytes. */
export function encodeJson(value: unknown, prefix = ''): Uint8Array {
  const body = encoder.encode(JSON.stringify(value))
  const header = encoder.encode(`${prefix}${body.length}\n`)
  const whole = new Uint8Array(header.length + body.length)
  whole.set(header)
  whole.set(body, header.length)
  return whole
}
