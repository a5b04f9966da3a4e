import { expect, test } from 'vitest'
import { walkExpressions } from './walk-expressions.ts'

const js = (expr: string) => ({ type: 'javascript', expr })

test('every expression is found, and what only looks like one is not', () => {
  const document = {
    skip_expr: '1',
    modules: [
      {
        id: 'a',
        skip_if: { expr: '2' },
        stop_after_if: { expr: '3' },
        stop_after_all_iters_if: { expr: '4' },
        retry: { retry_if: { expr: '5' } },
        sleep: js('6'),
        timeout: js('7'),
        suspend: { user_groups_required: js('8') },
        mock: { return_value: js('never') },
        value: {
          type: 'forloopflow',
          iterator: js('9'),
          parallelism: js('10'),
          modules: [
            { id: 'b', value: { type: 'branchone', branches: [{ expr: '11', modules: [] }], default: [] } },
            {
              id: 'c',
              value: {
                type: 'script',
                path: 'f/x/y',
                input_transforms: {
                  x: js('12'),
                  y: { type: 'static', value: js('never') },
                  z: { type: 'ai', expr: 'never' },
                },
              },
            },
          ],
        },
      },
    ],
  }
  const found = [...walkExpressions(document)]
  expect(found.map(({ expr }) => Number(expr))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  expect(found[11]).toEqual({
    expr: '12',
    module: 'c',
    path: 'modules[0].value.modules[1].value.input_transforms.x.expr',
  })
  expect(found[10]).toMatchObject({ module: 'b', path: 'modules[0].value.modules[0].value.branches[0].expr' })
})
