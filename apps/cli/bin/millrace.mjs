#!/usr/bin/env node
// Runs under whatever Node the machine has (20 or newer) and without any package: it puts the packages in place and
// hands over to the Node that the project pins.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { SetupError, ensurePackages, findNode, projectRoot, stateFolder } from './ensure-packages.mjs'

const SERVER_VERBS = new Set(['start', 'server', 'worker', 'doctor'])
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`millrace: ${error.message}\n`)
  process.exitCode = 3
}

async function main(args) {
  const verb = args[0] ?? ''
  const isServer = SERVER_VERBS.has(verb) && !args.includes('--help')
  if (verb === 'start' && isServer) await ensurePackages({})
  else if (!existsSync(join(projectRoot, 'node_modules', '.package-lock.json')))
    await ensurePackages({ web: verb === 'server' && isServer })
  const entry = join(projectRoot, 'apps', isServer ? 'server' : 'cli', 'src', 'main.ts')
  const child = spawn(findNode(), ['--conditions=source', '--disable-warning=ExperimentalWarning', entry, ...args], {
    // Halves the start of a command and shortens that of a server; Node does without where it cannot write there.
    env: { NODE_COMPILE_CACHE: join(stateFolder(projectRoot), 'compile-cache'), ...process.env },
    // The channel tells a server that this process is gone, also after `kill -9` of it.
    stdio: isServer ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  })
  const forwards = SIGNALS.map((signal) => [signal, () => child.kill(signal)])
  for (const [signal, forward] of forwards) process.on(signal, forward)
  child.on('error', (error) => {
    process.stderr.write(`millrace: Node 24 could not be started (${error.message}). ${nodeAdvice()}\n`)
    process.exitCode = 3
  })
  child.on('exit', (code, signal) => {
    for (const [name, forward] of forwards) process.off(name, forward)
    endAs(code, signal)
  })
}

/** Ends as the child did, so that shells see the same code or signal. */
function endAs(code, signal) {
  if (signal === null) {
    process.exitCode = code ?? 1
    return
  }
  process.exitCode = 128 + (constants.signals[signal] ?? 0)
  if (SIGNALS.includes(signal)) process.kill(process.pid, signal)
}

function nodeAdvice() {
  return 'Delete the folder node_modules and run the command again; on a platform that the npm package `node` does not serve, install Node 24 yourself.'
}
