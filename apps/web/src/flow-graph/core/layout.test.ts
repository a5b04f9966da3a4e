import { expect, test } from 'vitest'
import { readFlowTree, walkSteps } from './flow-tree.ts'
import { layoutFlow, type GraphNode } from './layout.ts'

const step = (id: string, more: object = {}) => ({ id, value: { type: 'identity' }, ...more })
const loop = (id: string, modules: readonly object[]) => ({
  id,
  value: {
    type: 'forloopflow',
    modules,
    iterator: { type: 'javascript', expr: 'flow_input.list' },
    skip_failures: false,
  },
})
const branches = (id: string, lists: readonly (readonly object[])[], otherwise: readonly object[] = []) => ({
  id,
  value: {
    type: 'branchone',
    branches: lists.map((modules, at) => ({ expr: `flow_input.n === ${at}`, modules })),
    default: otherwise,
  },
})

function draw(value: object) {
  const layout = layoutFlow(readFlowTree(value))
  const at = (key: string): GraphNode => {
    const node = layout.nodes.find((each) => each.key === key)
    if (!node) throw new Error(`nothing is drawn as ${key}`)
    return node
  }
  return { ...layout, at, middle: (key: string) => at(key).x + at(key).width / 2 }
}

function contains(outer: GraphNode, inner: GraphNode): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  )
}

test('steps stand below each other on one line, from the inputs to the result', () => {
  const { at, middle, edges } = draw({ modules: [step('a'), step('b')] })
  expect(edges.map(({ from, to }) => [from, to])).toEqual([
    ['pill start', 'a'],
    ['a', 'b'],
    ['b', 'pill end'],
  ])
  expect(middle('a')).toBe(middle('b'))
  expect(at('b').y).toBeGreaterThan(at('a').y + at('a').height)
})

test('a loop is a box around its card and its body, and the next step follows the box', () => {
  const { at, edges } = draw({ modules: [loop('l', [step('x'), loop('m', [step('y')])]), step('z')] })
  for (const key of ['l', 'x', 'm', 'y', 'box m']) expect(contains(at('box l'), at(key))).toBe(true)
  expect(contains(at('box l'), at('z'))).toBe(false)
  expect(edges.map(({ key }) => key)).toContain('box l → z')
})

test('branches stand side by side under their names, also empty ones, and come together again', () => {
  const { at, edges } = draw({ modules: [branches('b', [[step('x'), step('y')], []], [step('d')]), step('z')] })
  const columns = ['label b 0', 'label b 1', 'label b default'].map(at)
  expect(new Set(columns.map(({ y }) => y)).size).toBe(1)
  expect(columns.map((node) => (node.kind === 'label' ? node.text : ''))).toEqual([
    'flow_input.n === 0',
    'flow_input.n === 1',
    'Otherwise',
  ])
  expect(edges.filter(({ to }) => to === 'join b').map(({ from }) => from)).toEqual(['y', 'empty b 1', 'd'])
  expect(edges.map(({ key }) => key)).toContain('join b → z')
})

test('nothing lies over anything but the boxes around it', () => {
  const deep = branches('b', [[loop('l', [branches('c', [[step('x')], [step('y')]])])], [step('w')]])
  const { nodes } = draw({ modules: [deep, loop('m', [])], failure_module: step('failure') })
  const solid = nodes.filter(({ kind }) => kind !== 'box')
  for (const [index, left] of solid.entries())
    for (const right of solid.slice(index + 1)) {
      const isApart =
        left.x + left.width <= right.x ||
        right.x + right.width <= left.x ||
        left.y + left.height <= right.y ||
        right.y + right.height <= left.y
      expect(isApart, `${left.key} and ${right.key}`).toBe(true)
    }
})

test('preprocessor and failure module are drawn apart from the steps', () => {
  const { at, edges } = draw({
    modules: [step('a')],
    preprocessor_module: step('preprocessor'),
    failure_module: step('failure'),
  })
  expect(edges[0]).toMatchObject({ from: 'preprocessor', to: 'pill start' })
  expect(edges.some(({ to }) => to === 'failure')).toBe(false)
  expect(at('failure').x).toBeGreaterThan(at('pill end').x + at('pill end').width)
})

test('a document that is being typed is drawn as far as it goes', () => {
  const { nodes } = draw({ modules: [null, { id: 'a' }, { id: 'a', value: { type: 'teleport' } }, 'text'] })
  const cards = nodes.flatMap((node) => (node.kind === 'step' ? [[node.key, node.step.kind.label]] : []))
  expect(cards).toEqual([
    ['a', 'Step'],
    ['modules[2]', 'teleport'],
  ])
  expect(layoutFlow(readFlowTree('nonsense')).nodes.map(({ kind }) => kind)).toEqual(['end', 'empty', 'end'])
})

test('the same document gives the same drawing', () => {
  const value = { modules: [loop('l', [branches('b', [[step('x')], []])]), step('z')] }
  expect(draw(value).nodes).toEqual(draw(structuredClone(value)).nodes)
})

test('a step shows what it runs and how', () => {
  const tree = readFlowTree({
    modules: [
      step('a', {
        value: { type: 'script', path: 'f/team/load' },
        retry: { constant: { attempts: 2, seconds: 1 }, exponential: { attempts: 1, multiplier: 1, seconds: 1 } },
        suspend: { required_events: 2 },
        sleep: { type: 'static', value: 5 },
        cache_ttl: 60,
        skip_if: { expr: 'flow_input.dry' },
      }),
      loop('l', []),
    ],
  })
  const [first, second] = [...walkSteps(tree)]
  expect(first?.detail).toBe('f/team/load')
  expect(first?.marks.map(({ title }) => title)).toEqual([
    'Skipped if flow_input.dry',
    'Result kept for 60 s',
    'Tried again up to 3 times',
    'Waits for 2 approvals after it',
    'Sleeps 5 s after it',
  ])
  expect(second?.detail).toBe('flow_input.list')
})
