/** Shorter ones would take half the log with them. */
const LENGTH_MIN = 4
const MASK = '***'

/** What of a log may be shown, and what must wait because it may be the beginning of a secret. */
export interface Masked {
  readonly shown: string
  readonly held: string
}

/**
 * Puts `***` in the place of secrets, as they are, in JSON, and each line of those with several. Unless it `isLast`, a piece
 * that ends with the beginning of a secret is held back there, for the rest may come with the next piece.
 */
export function maskSecrets(text: string, secrets: readonly string[], isLast: boolean): Masked {
  const needles = needlesOf(secrets)
  let shown = text
  for (const needle of needles) shown = shown.replaceAll(needle, MASK)
  if (isLast) return { shown, held: '' }
  const heldLength = Math.max(0, ...needles.map((needle) => overlap(shown, needle)))
  const end = shown.length - heldLength
  return { shown: shown.slice(0, end), held: shown.slice(end) }
}

/** The longest first: a secret may contain another. */
function needlesOf(secrets: readonly string[]): readonly string[] {
  const all = secrets.flatMap((secret) => [
    secret,
    secret.trim(),
    JSON.stringify(secret).slice(1, -1),
    ...secret.split(/\r?\n/).map((line) => line.trim()),
  ])
  return [...new Set(all)].filter((each) => each.length >= LENGTH_MIN).sort((a, b) => b.length - a.length)
}

/** How many characters at the end of the text are the beginning of the needle. */
function overlap(text: string, needle: string): number {
  for (let length = Math.min(needle.length - 1, text.length); length > 0; length -= 1)
    if (text.endsWith(needle.slice(0, length))) return length
  return 0
}
