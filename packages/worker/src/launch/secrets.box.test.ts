import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { findRuntime, loadGrammars, type Runtime } from '@millrace/runtimes'
import { chooseSandbox, isReachable, type Sandbox } from '@millrace/sandbox'
import { findWords, listDescendants, type Relative } from '@millrace/sandbox/testing/process-memory'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { QueryLauncher } from '../query/query-launcher.ts'
import { Launcher } from './launcher.ts'
import type { RunRequest } from './launch-context.ts'

const limits = { memoryBytesMax: 2 ** 29, processesMax: 256, fileBytesMax: 2 ** 29, openFilesMax: 1024 }

/** What a server has in its environment, and in its memory. */
const SERVER = {
  DATABASE_URL: `postgres://millrace:${randomUUID()}@localhost/millrace`,
  MILLRACE_SECRET_KEY: randomUUID(),
  MILLRACE_ADMIN_PASSWORD: randomUUID(),
} as const
const secrets = Object.values(SERVER)

/** Says that it is there and stays, or ends when it is told so. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: 'echo here; [ "$1" = end ] || sleep 600',
  python3: `import time
def main(wish: str = "", word: str = ""):
    print("here", flush=True)
    if wish != "end":
        time.sleep(600)
`,
  bun: `export async function main(wish = '', word = '') {
  console.log('here')
  if (wish !== 'end') await new Promise((resolve) => setTimeout(resolve, 600_000))
}
`,
}
const STAYING = SCRIPTS['bun'] ?? ''

/** Every way in which a job comes to a process. */
const WAYS: readonly { name: string; language: string; source?: string; nests?: boolean; more?: Partial<RunRequest> }[] = [
  { name: 'a command in a nest', language: 'bash' },
  { name: 'a fork of a warm interpreter', language: 'python3' },
  { name: 'a process parked in a nest', language: 'bun' },
  { name: 'a process parked in a nest, of another engine', language: 'bun', source: `//nodejs\n${STAYING}` },
  { name: 'a process parked in a box of its own', language: 'bash', nests: false },
  { name: 'an interpreter parked in a box of its own', language: 'python3', nests: false },
  { name: 'a box that is its own alone', language: 'bash', more: { sharedFolder: 'shared' } },
  { name: 'a process of its script', language: 'python3', more: { dedicatedTo: 'a' } },
  { name: 'a process of its script, of another engine', language: 'bun', more: { dedicatedTo: 'b' } },
  { name: 'a process of its script, of a third engine', language: 'deno', source: STAYING, more: { dedicatedTo: 'c' } },
]

let folder: string
let sandbox: Sandbox | undefined
beforeAll(async () => {
  Object.assign(process.env, SERVER)
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-secrets-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (choice.found) sandbox = choice.sandbox
})
afterAll(async () => {
  for (const name of Object.keys(SERVER)) Reflect.deleteProperty(process.env, name)
  await rm(folder, { recursive: true, force: true })
})

describe('S2 no process of a job holds a secret of the server, or the token and the input of another job', () => {
  test('what a process holds is seen', async (context) => {
    await prepare(context, 'bash')
    expect(findWords(process.pid, [...secrets, randomUUID()])).toEqual(new Set(secrets))
  })

  test.each(WAYS)('in $name', async ({ language, source, nests = true, more = {} }) => {
    const context = test
  })
})
