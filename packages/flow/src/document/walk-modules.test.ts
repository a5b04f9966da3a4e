import { expect, test } from 'vitest'
import { mapModules, walkModules } from './walk-modules.ts'

const identity = (id: string) => ({ id, value: { type: 'identity' } })

const document = {
  preprocessor_module: identity('preprocessor'),
  modules: [
    identity('a'),
    {
      id: 'b',
      value: {
        type: 'forloopflow',
        modules: [
          { id: 'c', value: { type: 'branchone', branches: [{ modules: [identity('d')] }], default: [identity('e')] } },
        ],
      },
    },
    { id: 'f', value: { type: 'aiagent', tools: [identity('g')] } },
    'no module',
  ],
  failure_module: identity('failure'),
}

test('every module is found once, with its place and what it is in', () => {
  const found = [...walkModules(document)].map(({ id, path, inside }) => [id, path, inside.join('/')])
  expect(found).toEqual([
    ['preprocessor', 'preprocessor_module', ''],
    ['a', 'modules[0]', ''],
    ['b', 'modules[1]', ''],
    ['c', 'modules[1].value.modules[0]', 'forloopflow'],
    ['d', 'modules[1].value.modules[0].value.branches[0].modules[0]', 'forloopflow/branchone'],
    ['e', 'modules[1].value.modules[0].value.default[0]', 'forloopflow/branchone'],
    ['f', 'modules[2]', ''],
    ['g', 'modules[2].value.tools[0]', 'aiagent'],
    ['failure', 'failure_module', ''],
  ])
})

test('values are put in the place of others, and nothing else changes', () => {
  const changed = mapModules(document, ({ id }) => (id === 'd' ? { type: 'script', path: 'f/x/y' } : undefined))
  const before = JSON.stringify(document)
  expect(JSON.stringify(changed)).toBe(
    before.replace(JSON.stringify(identity('d')), '{"id":"d","value":{"type":"script","path":"f/x/y"}}'),
  )
  expect(mapModules(document, () => undefined)).toBe(document)
})
