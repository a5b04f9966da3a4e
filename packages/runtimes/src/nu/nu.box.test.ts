import { describe, expect, test } from 'vitest'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { nu } from './index.ts'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: 'def main [] { { answer: 42, list: [1 null "é"] } }',
  echo: 'def main [value] { $value }',
  failing: { source: 'def main [] {\n  error make {msg: "the cake is a lie"}\n}', line: 2 },
  broken: { source: 'def main [] {\n  foo bar(\n}', mentions: 'main.nu:3' },
  greeting: 'def main [name = "nobody"] { $name }',
  chatty: 'def main [] { for n in 1..1000 { print $"line ($n)" }; "done" }',
  environment: 'def main [] { $"($env.WM_TOKEN) ($env.WM_WORKSPACE)" }',
  large: 'def main [] { "" | fill --character "é" --width 1048576 }',
  closing: 'def main [] { ^bash -c "exec 3>&-"; "done" }',
  garbling: `def main [] { ^bash -c 'for n in /proc/self/fd/*; do n=\${n##*/}; (( n > 2 )) && echo garbage >&$n; done 2>/dev/null; true'; "done" }`,
  leaving: 'def main [] { exit 0 }',
  exiting: 'def main [] { exit 3 }',
  parenting: `def main [] { ^bash -c 'setsid sleep 86399 >/dev/null 2>&1 </dev/null &'; "done" }`,
  stubborn: `def main [] { ^bash -c 'trap "" TERM; echo ready; while true; do sleep 1000; done'; 1 }`,
  spinning: 'def main [] { print "ready"; loop { } }',
  littering: `def main [] { for folder in ["/tmp" "/dev/shm" "."] { try { "" | save $"($folder)/left-behind" } }; "done" }`,
  looking: `def main [] { ["/tmp" "/dev/shm" "."] | each {|folder| try { ls --all $folder | get name } catch { [] } } | flatten | str join " " }`,
}

describe('nu', () => {
  let host: RuntimeHost
  testRuntime(nu, samples, async () => (host = await openRuntimeHost(nu)))

  test('arguments arrive by their kinds, and values of Nushell as JSON', async () => {
    const source = `use std/assert
def main [a: string, b: float = 1.5, c?: datetime, --dry-run (-d), --by: duration = 1sec, --file: binary, ...rest: int] {
  assert equal ($c | describe) "datetime"
  { a: $a, b: $b, c: $c, dry: $dry_run, by: ($by == 2min), file: $file, rest: $rest, size: 3kb, rows: [[x y]; [1 2]] }
}`
    const args = { a: 'é', c: '2024-02-29T10:00:00Z', dry_run: true, by: '2min', file: 'aGk=', rest: [1, 2] }
    expect(await host.run(source, { args }).ended).toMatchObject({
      value: {
        a: 'é',
        b: 1.5,
        c: '2024-02-29T10:00:00+00:00',
        dry: true,
        by: true,
        file: [104, 105],
        rest: [1, 2],
        size: 3000,
        rows: [{ x: 1, y: 2 }],
      },
    })
  })

  test('what an external command prints last is the result, before that it is the log', async () => {
    const source = `def main [] { ^echo logged; ^echo '{"a": 1}' | from json }`
    expect(await host.run(source).ended).toMatchObject({ value: { a: 1 }, log: 'logged\n' })
    expect(await host.run('def main [] { ^echo plain }').ended).toMatchObject({ value: 'plain' })
  })

  test('an external command that fails fails the job, with its line', async () => {
    const end = await host.run(`def main [] {\n  ^sh -c 'echo bad >&2; exit 3'\n}`).ended
    expect(end).toMatchObject({
      log: 'bad\n',
      error: {
        name: 'non_zero_exit_code',
        message: 'External command had a non-zero exit code (exited with code 3)',
        stack: expect.stringContaining('[main.nu:2:4]'),
      },
    })
  })

  test.each<[string, unknown, RegExp]>([
    ['int', 'many', /int/],
    ['datetime', 'no time at all', /datetime/],
    ['list<string>', { a: 1 }, /list/],
  ])('%s does not take %j', async (type, x, message) => {
    const end = await host.run(`def main [x: ${type}] { $x | describe }`, { args: { x } }).ended
    expect(end).toMatchObject({ kind: 'error', error: { message: expect.stringMatching(message) } })
  })

  test('a script without main, and an argument that is not given, are told', async () => {
    expect(await host.run('def other [] { 1 }').ended).toMatchObject({
      error: { message: 'the script has no command main: def main [] { … }' },
    })
    expect(await host.run('def main [x] { 1 }').ended).toMatchObject({
      error: { message: 'argument "x" is not given' },
    })
  })
})
