import { maskSecrets } from '@millrace/queue'

/** A variable that is a credential as a whole. */
const SECRET_NAME = /(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|_AUTH|API_?KEY)$/i
const KEY = String.raw`[\w.-]*(?:token|passw(?:or)?d|passphrase|secret|_auth|api_?key)[\w.-]*`
/** What package managers take for their configuration: user and password of an address, settings as lines, as JSON, and as XML. */
const IN_TEXT: readonly RegExp[] = [
  /:\/\/[^\s/:@"'<>]*:([^\s/@"'<>]+)@/g,
  /:\/\/([^\s/:@"'<>]{8,})@/g,
  new RegExp(String.raw`${KEY}["']?\s*[=:]\s*["']?([^"'\s,;}<>]+)`, 'gi'),
  new RegExp(String.raw`<${KEY}>\s*([^<\s][^<]*?)\s*<`, 'gi'),
  new RegExp(String.raw`key="${KEY}"\s+value="([^"]+)"`, 'gi'),
]

/** The credentials in an environment of package managers, as they stand in it and as they are meant. */
export function credentialsIn(env: Readonly<Record<string, string>>): readonly string[] {
  const found = Object.entries(env).flatMap(([name, value]) => [
    ...(SECRET_NAME.test(name) ? [value] : []),
    ...IN_TEXT.flatMap((pattern) => [...value.matchAll(pattern)].map(([, secret = '']) => secret)),
    ...basicWords(value),
  ])
  return [...new Set(found.flatMap((secret) => [secret, decoded(secret)]))]
}

/** Passes text on with `***` in the place of credentials, also where one comes in two pieces. */
export class Redactor {
  readonly #secrets: readonly string[]
  readonly #onText: (text: string) => void
  #held = ''

  constructor(secrets: readonly string[], onText: (text: string) => void) {
    this.#secrets = secrets
    this.#onText = onText
  }

  write(text: string): void {
    const { shown, held } = maskSecrets(this.#held + text, this.#secrets, false)
    this.#held = held
    if (shown !== '') this.#onText(shown)
  }

  /** Nothing more comes. */
  end(): void {
    const { shown } = maskSecrets(this.#held, this.#secrets, true)
    this.#held = ''
    if (shown !== '') this.#onText(shown)
  }
}

/** User and password as a header has them, which some programs print. */
function basicWords(value: string): readonly string[] {
  return [...value.matchAll(/:\/\/([^\s/:@"'<>]*:[^\s/@"'<>]+)@/g)].map(([, pair = '']) =>
    Buffer.from(decoded(pair)).toString('base64'),
  )
}

/** `p%40ss` is `p@ss` to the server. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
