import { expect, test } from 'vitest'
import { signResume, verifyResume } from './resume-signature.ts'

const signed = { workspace: 'w', job: '0198c000-0000-7000-8000-000000000000', resumeId: 7, approver: 'ann' }
const NOW = 1_700_000_000_000
const DAY = 24 * 3600 * 1000

test('is good for whom it was made, and knows who that is', () => {
  const signature = signResume('key', signed, NOW)
  expect(verifyResume('key', signed, signature, NOW)).toEqual({ kind: 'good', approver: 'ann' })
})

test('made for nobody it is good for everybody, and nobody becomes somebody by it', () => {
  const signature = signResume('key', { ...signed, approver: undefined }, NOW)
  expect(verifyResume('key', signed, signature, NOW)).toEqual({ kind: 'good', approver: undefined })
})

test.each([
  ['another workspace', { ...signed, workspace: 'x' }],
  ['another job', { ...signed, job: '0198c000-0000-7000-8000-000000000001' }],
  ['another number', { ...signed, resumeId: 8 }],
  ['another approver', { ...signed, approver: 'bob' }],
  ['no approver', { ...signed, approver: undefined }],
])('is bad for %s', (_name, other) => {
  expect(verifyResume('key', other, signResume('key', signed, NOW), NOW)).toEqual({ kind: 'bad' })
})

test('is bad with another key, with another time of its end, and when it is no signature', () => {
  const signature = signResume('key', signed, NOW)
  const later = signature.replace(/^\w+/, (NOW * 2).toString(36))
  const bad = [
    verifyResume('other', signed, signature, NOW),
    ...[later, '', 'x', `${signature}0`].map((text) => verifyResume('key', signed, text, NOW)),
  ]
  expect(bad.map(({ kind }) => kind)).toEqual(['bad', 'bad', 'bad', 'bad', 'bad'])
})

test('ends after ninety days', () => {
  const signature = signResume('key', signed, NOW)
  expect(verifyResume('key', signed, signature, NOW + 89 * DAY).kind).toBe('good')
  expect(verifyResume('key', signed, signature, NOW + 91 * DAY).kind).toBe('expired')
})
