import { describe, expect, test } from 'vitest'
import type { ArgType } from '../signature.ts'
import { readPackages } from './imports.ts'
import { parseSignature } from './signature.ts'

const text: ArgType = { str: null }

function parse(source: string) {
  const parsed = parseSignature(source)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

describe('defaults', () => {
  test.each<[string, ArgType, unknown]>([
    ['"it\'s \\n \\u00e9 \\x41 \\\\"', text, "it's \n é A \\"],
    [`'a "b"'`, text, 'a "b"'],
    ['r"(a\\b)"', text, 'a\\b'],
    ['R"--[x)]--"', text, 'x)'],
    ['""', text, ''],
    ['5L', 'int', 5],
    ['5', 'int', 5],
    ['-5', 'int', -5],
    ['0x1FL', 'int', 31],
    ['1e3L', 'int', 1000],
    ['1.5', 'float', 1.5],
    ['-.5', 'float', -0.5],
    ['1e3', 'float', 1000],
    ['TRUE', 'bool', true],
    ['F', 'bool', false],
    ['NULL', 'unknown', null],
    ['NA', 'unknown', null],
    ['NA_character_', text, null],
    ['c(1, 2)', { list: 'int' }, [1, 2]],
    ['c("a", "b")', { list: text }, ['a', 'b']],
    ['list()', { list: 'unknown' }, []],
    [
      'list(a = 1, `b c` = "x")',
      {
        object: {
          name: null,
          props: [
            { key: 'a', typ: 'int' },
            { key: 'b c', typ: text },
          ],
        },
      },
      { a: 1, 'b c': 'x' },
    ],
    ['list(c(1), c(2))', { list: { list: 'int' } }, [[1], [2]]],
    ['c(1, a = 2)', 'unknown', null],
    ['Sys.Date()', 'unknown', null],
    ['c(1, x)', 'unknown', null],
    ['1 + 1', 'unknown', null],
    ['function(a, b) a', 'unknown', null],
    ['2i', 'unknown', null],
    ['Inf', 'unknown', null],
  ])('%s', (literal, typ, value) => {
    expect(parse(`main <- function(x = ${literal}) x`).args).toEqual([
      { name: 'x', typ, hasDefault: true, default: value, otyp: undefined },
    ])
  })
})

describe('main', () => {
  test.each<[string, readonly string[]]>([
    ['main <- function(a, b = 2, `c d`) a', ['a', 'b?', 'c d']],
    ['main = function(a) a', ['a']],
    ['main <<- function(a) a', ['a']],
    ['"main" <- function(a) a', ['a']],
    ['main <- \\(a, .b) a', ['a', '.b']],
    ['main <-\n  function(\n    a, # the first\n    b = c(1,\n          2)\n  ) {\n  a\n}', ['a', 'b?']],
    ['main <- function() 1', []],
    ['main <- function(a) 1\nmain <- function(b) 1', ['b']],
    ['library(dplyr); main <- function(df) df |> head()', ['df']],
    ['main <- function(a = f(x = 1, y = "),("), b) a', ['a?', 'b']],
  ])('%s', (source, names) => {
    const signature = parse(source)
    expect(signature.args.map((arg) => `${arg.name}${arg.hasDefault ? '?' : ''}`)).toEqual(names)
    expect(signature).toMatchObject({ autoKind: null, starKwargs: false })
  })

  test('with dots takes arguments of any name', () => {
    expect(parse('main <- function(a, ...) a')).toMatchObject({ args: [{ name: 'a' }], starKwargs: true })
  })

  test.each([
    '',
    'f <- function() { main <- function(a) a }',
    'main <- 5',
    'main(function(a) a)',
    '# main <- function(a) a',
  ])('is not in %s', (source) => {
    expect(parse(source)).toMatchObject({ autoKind: 'lib', args: [] })
  })
})

test.each<[string, number]>([
  ['main <- function(a) {\n  1\n', 1],
  ['x <- 1\nmain <- function(a) {\n  c(1]\n}', 3],
  ['x <- "never\nclosed', 1],
  ['x <- 1\n`x', 2],
])('%j is broken on line %i', (source, line) => {
  expect(parseSignature(source)).toMatchObject({
    ok: false,
    error: { line, message: expect.stringContaining(`line ${line}`) },
  })
})

test.each<[string, readonly string[]]>([
  ['library(jsonlite)\nrequire("data.table"); library(stats)', ['data.table', 'jsonlite']],
  ['main <- function() {\n  suppressWarnings(library(package = dplyr))\n  httr::GET("x")\n}', ['dplyr', 'httr']],
  ['if (requireNamespace("xml2", quietly = TRUE)) xml2:::f()', ['xml2']],
  ['name <- "a"; library(name, character.only = TRUE)\nlibrary("b2", character.only = TRUE)', ['b2']],
  ['# library(none)\nx <- "library(none)"\nlibrary()', []],
  ['library(base); utils::head(1)', []],
  ['library("../escape"); library("a b")', []],
  ['library(open', []],
])('the packages of %j', (source, packages) => {
  expect(readPackages(source)).toEqual(packages)
})
