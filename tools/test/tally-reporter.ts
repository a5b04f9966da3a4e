import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { type Tally, TALLY_FILE_VARIABLE } from './tally.ts'

/** Writes what a run came to, with the reason of every skip, which Vitest's own JSON leaves out. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const file = process.env[TALLY_FILE_VARIABLE]
    if (file) writeFileSync(file, JSON.stringify(tallyOf(modules)))
  }
}

function tallyOf(modules: readonly TestModule[]): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: [] }
  for (const module of modules) {
    const file = relative(process.cwd(), module.moduleId)
    if (module.state() === 'failed' && module.children.allTests('failed').next().done) tally.failed.push(file)
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') tally.passed += 1
      if (result.state === 'failed') tally.failed.push(`${file} > ${test.fullName}`)
      if (result.state === 'pending') tally.failed.push(`${file} > ${test.fullName}: never ran`)
      if (result.state === 'skipped') tally.skipped.push({ file, name: test.fullName, reason: result.note })
    }
  }
  return tally
}
