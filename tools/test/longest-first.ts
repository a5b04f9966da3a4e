import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files of tests that take longest, longest first. Vitest knows durations from the run before, and a fresh checkout had none: there a
 * long file that begins last has the machine for itself, half idle. One that is missing here costs time, nothing else.
 */
export const LONGEST: readonly string[] = [
  'e2e/languages.spec.ts',
  'e2e/openapi.spec.ts',
  'e2e/recovery.spec.ts',
  'e2e/browser.spec.ts',
  'e2e/flows.spec.ts',
  'packages/queue/src/testing/scenarios/mix-faults.pg.test.ts',
  'packages/queue/src/partitions.pg.test.ts',
  'packages/queue/src/testing/scenarios/disturb-network.pg.test.ts',
  'packages/api/src/resources/approvals.pg.test.ts',
  'packages/runtimes/src/rust/rust.box.test.ts',
  'packages/worker/src/launch/plain.box.test.ts',
  'packages/runtimes/src/ansible/ansible.box.test.ts',
  'packages/runtimes/src/java/java.box.test.ts',
  'apps/server/src/testing/workflows/workflows.box.test.ts',
  'packages/runtimes/src/go/go.box.test.ts',
  'packages/worker/src/escapes/escapes.box.test.ts',
  'apps/server/src/testing/scenarios/exhaust-host.box.test.ts',
]

/** Begins with the files that take longest, within their project; the others follow as Vitest orders them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, moduleId))
      return at < 0 ? LONGEST.length : at
    }
    const projects = Map.groupBy(await super.sort(files), ({ project }) => project)
    return [...projects.values()].flatMap((ofProject) => ofProject.toSorted((a, b) => rank(a) - rank(b)))
  }
}
