import { describe, expect, test } from 'vitest'
import { decimal, int, list, oneOf, readSettings, secret, text } from './settings.ts'

const slice = {
  port: int('PORT', 'A port.', 8000, { min: 1, max: 65_535 }),
  mode: oneOf('MODE', 'A mode.', ['auto', 'none'], 'auto'),
  key: secret('KEY', 'A key.', 4),
  name: text('NAME', 'A name.', 'x'),
  tags: list('TAGS', 'Tags.', ['a']),
}

describe('readSettings', () => {
  test('absent and empty variables give the defaults', () => {
    const faults: string[] = []
    const expected = { port: 8000, mode: 'auto', key: undefined, name: 'x', tags: ['a'] }
    expect(readSettings(slice, {}, faults)).toEqual(expected)
    expect(readSettings(slice, { PORT: '', MODE: '', KEY: '', NAME: '', TAGS: '' }, faults)).toEqual(expected)
    expect(faults).toEqual([])
  })

  test('every fault is told, not only the first', () => {
    const faults: string[] = []
    readSettings(slice, { PORT: '70000', MODE: 'loud', KEY: 'abc' }, faults)
    expect(faults).toEqual([
      'PORT must be a whole number from 1 to 65535, not "70000"',
      'MODE must be one of auto, none, not "loud"',
      'KEY must have at least 4 characters',
    ])
  })

  test('a share may be less than one, and is a number', () => {
    const shares = { cpus: decimal('CPUS', 'A share.', 0, { max: 64 }) }
    const faults: string[] = []
    expect(readSettings(shares, { CPUS: '0.5' }, faults).cpus).toBe(0.5)
    readSettings(shares, { CPUS: 'half' }, faults)
    readSettings(shares, { CPUS: '-1' }, faults)
    expect(faults).toEqual([
      'CPUS must be a number from 0 to 64, not "half"',
      'CPUS must be a number from 0 to 64, not "-1"',
    ])
  })

  test('lists are cut at commas', () => {
    expect(readSettings(slice, { TAGS: ' gpu, cpu ,' }, []).tags).toEqual(['gpu', 'cpu'])
  })
})
