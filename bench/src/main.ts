import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describeMachine, type Machine } from './machine.ts'
import { isMet, type Row } from './section.ts'
import { sections } from './sections/index.ts'
import { formatTable } from './table.ts'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

async function main(wanted: readonly string[]): Promise<void> {
  const asked = new Map(wanted.map(readWish))
  const unknown = [...asked.keys()].filter((id) => !sections.some((section) => section.id === id))
  if (unknown.length > 0) {
    console.error(`There is no section ${unknown.join(', ')}. There are:`)
    for (const { id, summary } of sections) console.error(`  ${id.padEnd(10)} ${summary}`)
    process.exitCode = 2
    return
  }
  const machine = await describeMachine()
  console.log(describe(machine))
  const rows: Row[] = []
  for (const section of sections) {
    if (wanted.length > 0 && !asked.has(section.id)) continue
    try {
      rows.push(...(await section.measure((line) => console.log(`  ${section.id}: ${line}`), asked.get(section.id))))
    } catch (error) {
      console.error(`  ${section.id} could not be measured:`, error)
      process.exitCode = 1
    }
  }
  console.log(`\n${formatTable(rows)}\n`)
  console.log(`written to ${await save(machine, rows, wanted)}`)
}

/** `languages`, or `languages=bun,python3` for a part of it. */
function readWish(word: string): [string, readonly string[] | undefined] {
  const [id = '', only] = word.split('=')
  return [id, only?.split(',').filter((name) => name !== '')]
}

function describe(machine: Machine): string {
  const { cpu, cores, memoryGb, system, node, postgres, commit, loadAtStart } = machine
  const lines = [
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}; Node ${node}, PostgreSQL ${postgres}; commit ${commit}`,
    `load at the start: ${loadAtStart}${loadAtStart > 0.5 ? ' - something else runs here: trust ratios only' : ''}`,
  ]
  return lines.join('\n')
}

/** A run of some sections has a file of its own, beside that of the whole. */
async function save(machine: Machine, rows: readonly Row[], wanted: readonly string[]): Promise<string> {
  await mkdir(RESULTS, { recursive: true })
  const file = `${RESULTS}/${machine.at.slice(0, 10)}-${[machine.commit, ...wanted].join('-')}.json`
  const judged = rows.map((row) => ({ ...row, met: isMet(row) }))
  await writeFile(file, `${JSON.stringify({ machine, rows: judged }, undefined, 2)}\n`)
  return file
}

await main(process.argv.slice(2))
