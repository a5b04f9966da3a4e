import type { RuntimeHost } from '../../suite.ts'

/** What the packages of a source are pinned to; rejects with what the package manager said. */
export async function lockOf(
  host: RuntimeHost,
  source: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const answer = await host.resolve(source, undefined, env)
  if (answer.ok) return answer.lock
  throw new Error(answer.message)
}
