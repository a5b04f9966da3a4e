import { expect, test } from 'vitest'
import { whyNotWritable } from './member.ts'

const ada = { username: 'ada', is_admin: false, operator: false }

test('what is below another user is theirs, except for administrators', () => {
  expect(whyNotWritable(ada, 'u/bob/key')).toContain('Only bob')
  expect(whyNotWritable({ ...ada, is_admin: true }, 'u/bob/key')).toBeUndefined()
})

test.each(['u/ada/key', 'f/team/key', 'u/', 'u/bob', ''])('%s is not judged here', (path) =>
  expect(whyNotWritable(ada, path)).toBeUndefined(),
)
