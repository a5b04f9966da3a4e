// Pins (`resolve`: leaves the file `lock`) or installs (`install`: leaves `node_modules`) what a package.json names.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [work] = process.argv.slice(2)
const packageText = readFileSync('package.json', 'utf8')
const { trustedDependencies = [] } = JSON.parse(packageText)

if (work === 'resolve') {
  bun('install', '--lockfile-only', '--ignore-scripts')
  writeFileSync('lock', `${packageText.trim()}\n//bun.lock\n${readFileSync('bun.lock', 'utf8')}`)
} else {
  const scripts = trustedDependencies.length > 0 ? [] : ['--ignore-scripts']
  const frozen = existsSync('bun.lock') ? ['--frozen-lockfile'] : []
  bun('install', '--production', '--backend=copyfile', ...frozen, ...scripts)
  if (scripts.length > 0) warnOfUncompiled('node_modules')
}

function bun(...args) {
  const { exitCode, stderr } = Bun.spawnSync(
    [process.execPath, ...args, '--no-progress', '--no-summary', '--linker=hoisted'],
    {
      env: { ...process.env, PATH: `${process.execPath.replace(/\/[^/]*$/, '')}:${process.env.PATH}` },
      stdout: 'ignore',
      stderr: 'pipe',
    },
  )
  if (exitCode === 0) return
  process.stderr.write(`${explain(stderr.toString())}\n`)
  process.exit(1)
}

/** What the package manager says, in sentences that say what to do. */
function explain(text) {
  const errors = text.split('\n').filter((line) => /\berror:|\bfailed\b|InvalidLockfile/i.test(line))
  const said = (errors.length > 0 ? errors : [text.trim()]).map(explainLine)
  return [...new Set(said)].join('\n')
}

function explainLine(line) {
  const status = /GET (\S+) - (\d+)/.exec(line)
  if (status?.[2] === '404') {
    const name = decodeURIComponent(new URL(status[1]).pathname.slice(1))
    if (!name.endsWith('.tgz')) return `The package ${name} does not exist in the registry: correct the import.`
    return `The lock no longer resolves, since ${name} is gone: deploy the script again to make a new lock.`
  }
  if (/lockfile (?:had changes|is frozen)|frozen lockfile/i.test(line))
    return 'The lock does not fit the packages that it names: deploy the script again to make a new lock.'
  if (/InvalidLockfile|parse lockfile/i.test(line))
    return 'The lock is no lock of this package manager: deploy the script again to make a new one.'
  if (/integrity/i.test(line)) return `${line.trim()}. The registry has other content than the lock says.`
  if (/Connection|FailedToOpenSocket|Timeout|ENOTFOUND|DNS|Refused|getaddrinfo|UnableToConnect/i.test(line))
    return `The package registry cannot be reached (${line.trim()}): try again, or ask who runs this server.`
  return line.replace(/^\s*error:\s*/, '').trim()
}

/** Packages with parts in C, which their install scripts would compile. */
function warnOfUncompiled(folder) {
  for (const name of packagesIn(folder)) {
    const own = join(folder, name)
    const isReady = ['prebuilds', 'build'].some((part) => existsSync(join(own, part)))
    if (!existsSync(join(own, 'binding.gyp')) || isReady) continue
    process.stderr.write(
      `${name} has parts that must be compiled, and packages run no install scripts here: it may not work. ` +
        `A dependency file (package.json) of the workspace may name it in trustedDependencies.\n`,
    )
  }
}

function packagesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((part) => `${name}/${part}`) : [name],
  )
}
