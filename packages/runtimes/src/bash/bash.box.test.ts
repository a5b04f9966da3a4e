import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { bash } from './index.ts'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `echo '{"answer": 42, "list": [1, null, "é"]}' >result.json`,
  echo: `value="$1"\nprintf '%s' "$value" >result.out`,
  received(value) {
    if (value === null) return ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  },
  failing: { source: `echo fine\necho 'the cake is a lie' >&2\nexit 1`, line: undefined },
  broken: { source: `if true; then\necho 'no end'\n`, mentions: 'syntax error' },
  greeting: `name="\${1:-nobody}"\necho "$name"`,
  chatty: `for ((n = 1; n <= 1000; n++)); do echo "line $n"; done\necho done`,
  environment: `echo "$WM_TOKEN $WM_WORKSPACE"`,
  large: `head -c 1048576 /dev/zero | sed 's/\\x00/é/g' >result.out`,
  closing: `exec 3>&-\necho done`,
  garbling: `for ((n = 3; n <= 600; n++)); do { echo garbage >&$n; } 2>/dev/null; done\necho done`,
  leaving: undefined,
  exiting: 'exit 3',
  parenting: 'setsid sleep 86399 >/dev/null 2>&1 </dev/null &\necho done',
  stubborn: `trap '' TERM\necho ready\nwhile true; do sleep 1000; done`,
  spinning: `echo ready\nwhile true; do :; done`,
  littering: `touch /tmp/left-behind ./left-behind; touch /dev/shm/left-behind 2>/dev/null\necho done`,
  looking: `echo $(ls -a /tmp /dev/shm . 2>/dev/null)`,
}

describe('every runtime', () => {
  testRuntime(bash, samples, () => openRuntimeHost(bash))
})

describe('bash', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(bash)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })

  test('the last line of stdout is the result, as a text', async () => {
    expect(await host.run('echo first\necho last\necho').ended).toMatchObject({ value: 'last' })
  })

  test('a script that prints nothing has the result null', async () => {
    expect(await host.run('true').ended).toMatchObject({ kind: 'result', value: null })
  })

  test('result.json comes before result.out, and that before stdout', async () => {
    expect(await host.run(`echo text >result.out; echo out`).ended).toMatchObject({ value: 'text\n' })
    expect(await host.run(`echo 1 >result.json; echo text >result.out`).ended).toMatchObject({ value: 1 })
  })

  test('a result.json that is no JSON fails with the reason', async () => {
    const end = await host.run(`echo '{"a":' >result.json`).ended
    expect(end).toMatchObject({ kind: 'error', error: { message: expect.stringContaining('not valid JSON') } })
  })

  test('an argument in the middle that is not given is empty', async () => {
    const source = `a="$1"\nb="\${2:-two}"\nc="$3"\necho "$a-$b-$c-$#"`
    expect(await host.run(source, { args: { a: 'x', c: 'z' } }).ended).toMatchObject({ value: 'x-two-z-3' })
    expect(await host.run(source, { args: { a: 'x' } }).ended).toMatchObject({ value: 'x-two--1' })
  })

  test('arguments that cost more than the kernel allows on a command line arrive', async () => {
    const source = `a="$1"\nb="$2"\necho "\${#a} \${#b}"`
    const args = { a: 'x'.repeat(3_000_000), b: 'é'.repeat(10) }
    expect(await host.run(source, { args }).ended).toMatchObject({ value: '3000000 10' })
  })

  test('a trap of the script has its time when the job is ended', async () => {
    const run = host.run(`trap 'sleep 0.3; echo cleaned; exit 7' TERM\necho ready\nwhile true; do sleep 1000; done`)
    await run.logged('ready')
    run.kill('SIGTERM')
    const end = await run.ended
    expect(end).toMatchObject({ kind: 'error', error: { message: expect.stringContaining('exit code 7') } })
    expect(end.log).toContain('cleaned')
  })

  test('a script without a trap ends at SIGTERM, and its log says nothing of the wrapper', async () => {
    const run = host.run('echo ready\nwhile true; do sleep 1000; done')
    await run.logged('ready')
    run.kill('SIGTERM')
    const end = await run.ended
    expect(end).toMatchObject({ kind: 'error', error: { message: expect.stringContaining('SIGTERM') } })
    expect(end.log).not.toContain('wrapper')
  })

  test('set -e ends the script with the code of the command that failed', async () => {
    const end = await host.run('set -e\necho before\nls /nowhere\necho after').ended
    expect(end).toMatchObject({ kind: 'error', error: { message: expect.stringContaining('exit code 2') } })
    expect(end.log).not.toContain('after')
  })
})
