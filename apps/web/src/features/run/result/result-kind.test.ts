import { expect, test } from 'vitest'
import { resultKind } from './result-kind.ts'

test.each([
  [null, 'empty'],
  [undefined, 'empty'],
  ['hello', 'text'],
  [0, 'json'],
  [false, 'json'],
  [[1, 2], 'json'],
  [[], 'json'],
  [{}, 'json'],
  [[{ a: 1 }], 'table'],
  [[{ a: 1 }, 2], 'json'],
  [{ 'table-row': [['a'], [1]] }, 'table'],
  [{ 'table-col': { a: [1] } }, 'table'],
  [{ 'table-row-object': [{ a: 1 }] }, 'table'],
  [{ html: '<b>x</b>' }, 'html'],
  [{ md: '# x' }, 'markdown'],
  [{ markdown: '# x' }, 'markdown'],
  [{ svg: '<svg/>' }, 'image'],
  [{ png: 'aGk=' }, 'image'],
  [{ jpeg: { content: 'aGk=', filename: 'x.jpg' } }, 'image'],
  [{ pdf: 'aGk=' }, 'file'],
  [{ file: { content: 'aGk=', filename: 'x.bin' } }, 'file'],
  [{ render_all: ['a', { html: 'b' }] }, 'several'],
  [{ html: '<b>x</b>', other: 1 }, 'json'],
  [{ png: 5 }, 'json'],
  [{ error: 'text' }, 'json'],
])('%j is shown as %s', (value, kind) => {
  expect(resultKind(value).kind).toBe(kind)
})

test('an error keeps its name, message and stack', () => {
  expect(resultKind({ error: { name: 'ValueError', message: 'no', stack: 'line 3' } })).toEqual({
    kind: 'error',
    name: 'ValueError',
    message: 'no',
    stack: 'line 3',
  })
})

test('a table has every column that any row has', () => {
  const kind = resultKind([{ a: 1 }, { b: 2 }])
  expect(kind).toEqual({
    kind: 'table',
    table: {
      columns: ['a', 'b'],
      rows: [
        [1, undefined],
        [undefined, 2],
      ],
    },
  })
})

test('columns of different length make rows of the longest', () => {
  const kind = resultKind({ 'table-col': { a: [1, 2], b: [3] } })
  expect(kind).toMatchObject({
    table: {
      rows: [
        [1, 3],
        [2, undefined],
      ],
    },
  })
})

test('the name of a file may stand inside or beside it', () => {
  expect(resultKind({ file: { content: 'aGk=', filename: 'a.txt' } })).toMatchObject({ name: 'a.txt' })
  expect(resultKind({ file: 'aGk=', filename: 'b.txt' })).toMatchObject({ name: 'b.txt' })
})

test('text that is no base64 never becomes an address', () => {
  expect(resultKind({ png: '"><script>' }).kind).toBe('json')
})
