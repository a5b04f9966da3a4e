import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const TARGET = fileURLToPath(new URL('../../docs/reference/configuration.md', import.meta.url))
const SERVER = fileURLToPath(new URL('../../apps/server/src/main.ts', import.meta.url))

/**
 * Writes `docs/reference/configuration.md` from what the server itself says of its settings; with `--check` it only says
 * whether the file is fresh.
 */
async function main(isCheck: boolean): Promise<void> {
  const text = await format(render(askServer()), { ...(await resolveConfig(TARGET)), parser: 'markdown' })
  if (!isCheck) return await writeFile(TARGET, text)
  if (text === (await readFile(TARGET, 'utf8'))) return
  console.error('docs/reference/configuration.md is stale: run `npm run generate:configuration`.')
  process.exitCode = 1
}

interface Setting {
  readonly name: string
  readonly value: string
  readonly help: string
}

/** `NAME=value` and, indented below it, the help with where the value comes from. */
function askServer(): readonly Setting[] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', SERVER, 'start', '--print-config'],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: process.env['HOME'] } },
  )
  const settings = [...stdout.matchAll(/^(\w+)=(.*)\n {4}(.*) \(\w+\)$/gm)].map(
    ([, name = '', value = '', help = '']) => ({ name, value, help }),
  )
  if (status !== 0 || settings.length === 0) throw new Error(`The server did not print its settings:\n${stderr}`)
  return settings
}

function render(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, value, help }) => `| \`${name}\` | ${defaultOf(name, value)} | ${escape(help)} |`)
  return `# Settings

Everything is set by environment variables, read once at the start; all faults are reported together. \`millrace start
--print-config\` shows the values in effect and where each comes from. This page is written by \`npm run
generate:configuration\`.

| variable | default | what it is |
| --- | --- | --- |
${rows.join('\n')}
`
}

/** The data folder's default depends on the machine: it is told in words. */
function defaultOf(name: string, value: string): string {
  if (name === 'MILLRACE_DATA_DIR') return '`.millrace` beside the program, where it can be reached'
  if (value === '' || value === '(none)') return '–'
  return `\`${escape(value)}\``
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|')
}

await main(process.argv.includes('--check'))
