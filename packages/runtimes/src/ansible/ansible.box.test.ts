import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { ansible } from './index.ts'

/** A playbook on this host that does one thing. */
function play(task: string, header = ''): string {
  return `${header}---\n- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    - ${task.replaceAll('\n', '\n      ')}\n`
}

/** What it prints goes to the log when it is over. */
function shell(command: string): string {
  return play(`ansible.builtin.shell: ${JSON.stringify(command)}`)
}

function afterReady(command: string): string {
  return play(`ansible.builtin.debug: {msg: ready}\n- ansible.builtin.shell: ${JSON.stringify(command)}`).replaceAll(
    '      - ',
    '    - ',
  )
}

const done = `echo '"done"' >result.json`
const ask = (name: string, type: string, rest = '') => `---\nextra_vars:\n  ${name}:\n    type: ${type}\n${rest}`

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: shell(`echo '{"answer": 42, "list": [1, null, "é"]}' >result.json`),
  echo: play('ansible.builtin.copy: {content: "{{ value | to_json }}", dest: result.json}', ask('value', 'object')),
  failing: { source: play("ansible.builtin.fail: {msg: \"the cake is a {{ 'l' + 'ie' }}\"}"), line: 6 },
  broken: { source: '---\n- hosts: localhost\n  tasks:\n    - {[', mentions: 'main.yml' },
  greeting: play(
    'ansible.builtin.copy: {content: "{{ name | to_json }}", dest: result.json}',
    ask('name', 'string', '    default: nobody\n'),
  ),
  chatty: undefined,
  environment: shell(`printf '"%s %s"' "$WM_TOKEN" "$WM_WORKSPACE" >result.json`),
  large: shell(`{ printf '"'; head -c 1048576 /dev/zero | sed 's/\\x00/é/g'; printf '"'; } >result.json`),
  closing: shell(`exec 3>&-; ${done}`),
  garbling: shell(`for n in 3 4 5 6 7 8 9; do eval "echo garbage >&$n" 2>/dev/null; done; ${done}`),
  leaving: undefined,
  exiting: shell('exit 3'),
  parenting: shell(`setsid sleep 86399 >/dev/null 2>&1 </dev/null & ${done}`),
  stubborn: afterReady(`trap '' TERM; while true; do sleep 1000; done`),
  spinning: afterReady('while true; do :; done'),
  littering: shell(`touch /tmp/left-behind ./left-behind /dev/shm/left-behind; ${done}`),
  looking: shell(`printf '"%s"' "$(ls -a /tmp /dev/shm . | tr '\\n' ' ')" >result.json`),
}

describe('every runtime', () => {
  testRuntime(ansible, samples, () => openRuntimeHost(ansible))
})

describe('ansible', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(ansible)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })

  test('a playbook without result.json has the result null', async () => {
    expect(await host.run(shell('true')).ended).toMatchObject({ kind: 'result', value: null })
  })

  test('a result.json that is no JSON fails with the reason', async () => {
    expect(await host.run(shell(`echo '{"a": NaN,' >result.json`)).ended).toMatchObject({
      error: { name: 'InvalidResult', message: expect.stringContaining('result.json is not valid JSON') },
    })
  })

  test('an inventory is an argument, and one that is not given is named', async () => {
    const source = play(
      'ansible.builtin.copy: {content: "{{ groups[\'web\'] | to_json }}", dest: result.json}',
      '---\ninventory:\n  - resource_type: ansible_inventory\n',
    )
    const inventory = { content: '[web]\none.example\ntwo.example\n' }
    expect(await host.run(source, { args: { 'inventory.ini': inventory } }).ended).toMatchObject({
      value: ['one.example', 'two.example'],
    })
    expect(await host.run(source).ended).toMatchObject({
      error: { message: 'the inventory inventory.ini is not given' },
    })
  })

  test('a header does not move the lines of the plays', async () => {
    const source = play(
      'ansible.builtin.fail: {msg: nope}',
      '---\n# what it takes\nextra_vars:\n  a:\n    type: string\n',
    )
    expect(await host.run(source, { args: { a: 'x' } }).ended).toMatchObject({
      error: { message: 'nope (exit code 2)', stack: 'main.yml:11' },
    })
  })
})
