import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { LongestFirst } from './tools/test/longest-first.ts'

const conditions = ['source', 'node']

/** Installed, built, and trees that the checks are tried on. */
const NOT_TESTS = ['**/node_modules/**', '**/dist/**', 'tools/checks/fixtures/**']

/** One project per kind of test; the ending of a file says what it needs (see STYLE.md). */
function project(name: string, include: string[], test: Record<string, unknown> = {}): TestProjectConfiguration {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include,
      exclude: [...NOT_TESTS, ...(name === 'unit' ? ['**/*.{pg,box,soak}.test.ts'] : [])],
      ...test,
    },
  }
}

export default defineConfig({
  test: {
    // Most of what runs waits for a process or a database: on two cores too, two files at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', ['{packages,apps,tools,bench}/**/*.test.{ts,tsx}']),
      project('database', ['{packages,apps}/**/*.pg.test.ts'], {
        globalSetup: ['packages/db/src/testing/global-setup.ts'],
        testTimeout: 30_000,
        hookTimeout: 60_000,
      }),
      project('sandbox', ['{packages,apps}/**/*.box.test.ts'], {
        globalSetup: ['packages/db/src/testing/global-setup.ts'],
        testTimeout: 60_000,
        hookTimeout: 120_000,
      }),
      project('soak', ['{packages,apps}/**/*.soak.test.ts'], {
        globalSetup: ['packages/db/src/testing/global-setup.ts'],
        testTimeout: 600_000,
        hookTimeout: 60_000,
        fileParallelism: false,
      }),
      project('e2e', ['e2e/**/*.spec.ts'], { testTimeout: 120_000, hookTimeout: 180_000 }),
    ],
  },
})
