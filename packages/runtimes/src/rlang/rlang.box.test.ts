import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { rlang } from './index.ts'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `main <- function() list(answer = 42, list = list(1, NULL, "é"))`,
  echo: `main <- function(value) value`,
  failing: { source: `main <- function() {\n  text <- "lie"\n  stop("the cake is a ", text)\n}`, line: 3 },
  broken: { source: `main <- function() {\n  1 +* 2\n}`, mentions: 'main.R:2' },
  greeting: `main <- function(name = "nobody") name`,
  chatty: `main <- function() { for (n in 1:1000) cat("line ", n, "\\n", sep = ""); "done" }`,
  environment: `main <- function() paste(Sys.getenv("WM_TOKEN"), Sys.getenv("WM_WORKSPACE"))`,
  large: `main <- function() strrep("é", 1048576)`,
  closing: `main <- function() { system("exec 3>&-"); "done" }`,
  garbling: `main <- function() { for (n in 3:600) try(suppressWarnings(cat("garbage", file = paste0("/dev/fd/", n))), silent = TRUE); "done" }`,
  leaving: `main <- function() quit(status = 0)`,
  exiting: `main <- function() quit(status = 3)`,
  parenting: `main <- function() { system("setsid sleep 86399 >/dev/null 2>&1 </dev/null &"); "done" }`,
  stubborn: `main <- function() system("trap '' TERM; echo ready; while true; do sleep 1000; done")`,
  spinning: `main <- function() { cat("ready\\n"); repeat {} }`,
  littering: `main <- function() { for (f in c("/tmp", "/dev/shm", ".")) suppressWarnings(file.create(file.path(f, "left-behind"))); "done" }`,
  looking: `main <- function() paste(list.files(c("/tmp", "/dev/shm", "."), all.files = TRUE), collapse = " ")`,
}

describe('every runtime', () => {
  testRuntime(rlang, samples, () => openRuntimeHost(rlang))
})

describe('rlang', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(rlang)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })
  const run = (source: string, args: Record<string, unknown> = {}) => host.run(source, { args }).ended

  test('values of R as results', async () => {
    const values = [
      'NULL, 0.1, 1e300, 5L, NA, c(1, NA), character(), list(), c(a = 1, b = 2), TRUE',
      'factor("x"), as.Date("2024-05-06"), as.POSIXct("2024-05-06 07:08:09", tz = "UTC")',
      'data.frame(a = 1:2, b = c("x", NA)), matrix(1:4, 2), I("one"), list(1, k = 2), "a\\"b\\\\c\\n\\001"',
    ]
    expect(await run(`main <- function() list(${values.join(', ')})`)).toMatchObject({
      value: [
        ...[null, 0.1, 1e300, 5, null, [1, null], [], [], { a: 1, b: 2 }, true],
        ...['x', '2024-05-06', '2024-05-06T07:08:09Z'],
        [
          { a: 1, b: 'x' },
          { a: 2, b: null },
        ],
        ...[
          [
            [1, 3],
            [2, 4],
          ],
          ['one'],
          { '1': 1, k: 2 },
          'a"b\\c\n\u0001',
        ],
      ],
    })
  })

  test.each([
    ['NaN', 'NaN', 'NaN is no number'],
    ['an infinity', 'list(a = c(1, -Inf))', '-Inf is no number'],
    ['bytes that are no UTF-8', '"\\xff\\xfe"', 'no UTF-8'],
    ['a function', 'list(mean)', 'a value of the type closure'],
    ['an environment', 'globalenv()', 'a value of the type environment'],
    ['a complex number', '1i', 'a value of the type complex'],
  ])('%s cannot be a result, and the failure says why', async (_name, expression, reason) => {
    expect(await run(`main <- function() ${expression}`)).toMatchObject({
      error: { message: expect.stringMatching(new RegExp(`^main returned a value that is no JSON: .*${reason}`)) },
    })
  })

  test('lists of one kind arrive as vectors, and go back as lists', async () => {
    const source = 'main <- function(a, b, c, d) list(is.atomic(a), sum(a), a, b, c, is.list(d), names(d))'
    const args = { a: [1, 2.5], b: ['one'], c: [], d: { k: null } }
    expect(await run(source, args)).toMatchObject({ value: [true, 3.5, [1, 2.5], ['one'], [], true, 'k'] })
  })

  test('arguments go by their names, others to the dots', async () => {
    const source = 'main <- function(b, a = 2, ...) list(a, b, names(list(...)))'
    expect(await run(source, { z: 1, b: 'x' })).toMatchObject({ value: [2, 'x', 'z'] })
  })

  test('an argument that is not given is named', async () => {
    expect(await run('main <- function(city) toupper(city)')).toMatchObject({
      error: { name: 'Error', message: 'argument "city" is missing, with no default' },
    })
  })

  test('a script without main says so', async () => {
    expect(await run('other <- 1')).toMatchObject({ error: { message: 'the script has no function main' } })
  })

  test('the stack has each call of the script, and a condition its class', async () => {
    const source = `inner <- function(x) {\n  stop(structure(class = c("oops", "error", "condition"), list(message = "in", call = NULL)))\n}\nmain <- function() {\n  inner(1)\n}`
    const end = await run(source)
    expect(end).toMatchObject({ error: { name: 'oops', message: 'in' } })
    expect(end.kind === 'error' && end.error.stack?.split('\n').map((line) => line.slice(0, 8))).toEqual([
      'main.R:2',
      'main.R:5',
    ])
  })

  test('a package that is not there is named', async () => {
    expect(await run('library(nowhere)\nmain <- function() 1')).toMatchObject({
      error: { message: expect.stringContaining('nowhere') },
    })
  })
})
