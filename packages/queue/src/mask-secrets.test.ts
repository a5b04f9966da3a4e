import { expect, test } from 'vitest'
import { maskSecrets } from './mask-secrets.ts'

test.each([
  ['the password is hunter22 and hunter22', ['hunter22'], 'the password is *** and ***'],
  ['{"key":"line one\\nline two"}', ['line one\nline two'], '{"key":"***"}'],
  ['only line two of it', ['line one\nline two'], 'only *** of it'],
  ['abcdef and abcd', ['abcd', 'abcdef'], '*** and ***'],
  ['a no of 3', ['no', '3'], 'a no of 3'],
] as const)('%j is shown without its secrets', (text, secrets, shown) => {
  expect(maskSecrets(text, secrets, true)).toEqual({ shown, held: '' })
})

test('a secret that comes in two pieces is not shown, wherever it is torn', () => {
  const secret = 'correct horse battery'
  for (let cut = 1; cut < secret.length; cut += 1) {
    const first = maskSecrets(`it is ${secret.slice(0, cut)}`, [secret], false)
    const second = maskSecrets(`${first.held}${secret.slice(cut)}!`, [secret], true)
    expect(`${first.shown}${second.shown}`).toBe('it is ***!')
  }
})

test('what was held back and is no secret is shown in the end', () => {
  const first = maskSecrets('it is correct', ['correct horse'], false)
  expect(first).toEqual({ shown: 'it is ', held: 'correct' })
  expect(maskSecrets(`${first.held}ly so`, ['correct horse'], true).shown).toBe('correctly so')
})
