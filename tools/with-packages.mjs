/**
 * Installs the packages when they are missing or stale, then runs a script of ours on the Node that came with them:
 * `node tools/with-packages.mjs tools/test.ts`. Runs itself on any Node from 20 on and depends on nothing.
 */
import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensurePackages, findNode, SetupError } from '../apps/cli/bin/ensure-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = fileURLToPath(new URL('../node_modules/.bin', import.meta.url))

try {
  await ensurePackages({ web: false })
  run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function run(args) {
  const child = spawn(findNode(), ['--conditions=source', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) },
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => {
    process.exitCode = code ?? 1
  })
}
