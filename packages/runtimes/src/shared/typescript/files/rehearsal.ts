/** A script like any other, for what an engine does before its first one. */
export function main(text: string) {
  return { text }
}
