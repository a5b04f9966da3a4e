import { expect, test } from 'vitest'
import { formOf, readForm } from './handler-form-state.ts'

test('a form says what it was made of', () => {
  const config = { path: 'script/f/a/h', extra_args: { n: 1 }, muted_on_cancel: true, muted_on_user_path: false }
  expect(readForm(formOf(config))).toEqual({ body: { ...config, muted_on_ui_runs: false } })
  expect(readForm(formOf(undefined))).toEqual({ body: {} })
})

test.each(['[1]', '7', '{"a"'])('arguments that are no object are refused: %s', (args) => {
  expect(readForm({ ...formOf(undefined), path: 'flow/f/a/h', args })).toEqual({
    fault: expect.stringContaining('JSON object'),
  })
})
