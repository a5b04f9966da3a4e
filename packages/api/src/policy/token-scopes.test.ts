import { expect, test } from 'vitest'
import { permits } from './token-scopes.ts'

test.each([
  ['scripts:read', 'scripts:read', undefined, true],
  ['scripts:write', 'scripts:read', undefined, true],
  ['scripts:read', 'scripts:write', undefined, false],
  ['jobs:read', 'scripts:read', undefined, false],
  ['*', 'jobs:run:scripts', 'u/a/b', true],
  ['jobs:run', 'jobs:run:scripts', 'u/a/b', true],
  ['jobs', 'jobs:run:scripts', 'u/a/b', false],
  ['jobs:run:flows', 'jobs:run:scripts', 'u/a/b', false],
  ['jobs:run:scripts:u/a/b,f/x/*', 'jobs:run:scripts', 'f/x/y', true],
  ['jobs:run:scripts:u/a/b,f/x/*', 'jobs:run:scripts', 'f/xy/z', false],
  ['jobs:run:scripts:u/a/b', 'jobs:run:scripts', undefined, false],
  ['jobs:run:scripts:u/a/b', 'jobs:run', undefined, false],
  ['scripts:read:u/a/*', 'scripts:read', 'u/a/b', true],
  ['scripts:read:u/a/*', 'scripts:read', undefined, false],
] as const)('%s for %s at %s: %s', (...[scope, needed, path, expected]) => {
  expect(permits([scope], needed, path)).toBe(expected)
})
