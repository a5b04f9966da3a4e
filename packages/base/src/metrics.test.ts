import { expect, test } from 'vitest'
import { formatMetrics } from './metrics.ts'

test('metrics of one name from several sources stand together under one head', () => {
  const jobs = { name: 'jobs', help: 'Jobs.', type: 'gauge' } as const
  const text = formatMetrics([
    { ...jobs, values: [{ labels: { tag: 'a', state: 'ready' }, value: 3 }] },
    { name: 'done_total', help: 'Ended.', type: 'counter', values: [{ value: 0.25 }] },
    { ...jobs, values: [{ labels: { tag: 'b', state: 'ready' }, value: 1 }] },
  ])
  expect(text).toBe(
    [
      '# HELP jobs Jobs.',
      '# TYPE jobs gauge',
      'jobs{tag="a",state="ready"} 3',
      'jobs{tag="b",state="ready"} 1',
      '# HELP done_total Ended.',
      '# TYPE done_total counter',
      'done_total 0.25',
      '',
    ].join('\n'),
  )
})

test('what would end a label or a line is escaped', () => {
  const values = [{ labels: { tag: 'a"b\\c\nd' }, value: 1 }]
  expect(formatMetrics([{ name: 'x', help: 'one\ntwo', type: 'gauge', values }])).toBe(
    '# HELP x one\\ntwo\n# TYPE x gauge\nx{tag="a\\"b\\\\c\\nd"} 1\n',
  )
})

test('a metric without figures has its head', () => {
  expect(formatMetrics([{ name: 'x', help: 'X.', type: 'gauge', values: [] }])).toBe('# HELP x X.\n# TYPE x gauge\n')
})
