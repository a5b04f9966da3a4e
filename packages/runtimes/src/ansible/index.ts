import type { FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { dependencies, PACKAGES } from './dependencies.ts'
import { filesOf, inventoriesOf, readPlaybook, recordsOf, type Playbook } from './playbook.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `---
extra_vars:
  name:
    type: string
  times:
    type: integer
    default: 1
---
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Greet
      ansible.builtin.debug:
        msg: "Hello {{ name }}"
      loop: "{{ range(times | int) | list }}"
    - name: Say what came of it
      ansible.builtin.copy:
        content: "{{ {'greeting': 'Hello ' + name, 'times': times} | to_json }}"
        dest: result.json
`

/** Nothing of the host's, and failures where a person finds them. */
const SETTINGS: Readonly<Record<string, string>> = {
  ANSIBLE_CONFIG: '/runtime/ansible.cfg',
  ANSIBLE_HOME: '/tmp/.ansible',
  ANSIBLE_LOCAL_TEMP: '/tmp/.ansible/tmp',
  ANSIBLE_REMOTE_TEMP: '/tmp/.ansible/tmp',
  ANSIBLE_NOCOLOR: '1',
  ANSIBLE_NOCOWS: '1',
  ANSIBLE_RETRY_FILES_ENABLED: 'false',
  ANSIBLE_LOCALHOST_WARNING: 'false',
  ANSIBLE_INVENTORY_UNPARSED_WARNING: 'false',
  ANSIBLE_DEPRECATION_WARNINGS: 'false',
  ANSIBLE_SHOW_TASK_PATH_ON_FAILURE: 'true',
  ANSIBLE_PYTHON_INTERPRETER: 'auto_silent',
}

/** Ansible playbooks. */
export const ansible: ProcessRuntime = {
  kind: 'process',
  id: 'ansible',
  info: {
    label: 'Ansible',
    extension: '.playbook.yml',
    aliases: ['ansible', '.playbook.yaml'],
    editor: 'yaml',
    icon: 'AN',
    starter: STARTER,
  },
  files: new URL('./files/', import.meta.url),
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const { python = '/usr/bin/python3', modules = '' } = toolchain.paths
  const playbook = readPlaybook(script.content)
  const header = playbook.ok ? playbook.value.header : {}
  const plan = describePlan(header)
  return {
    files: { 'main.yml': playbook.ok ? playbook.value.plays : script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      argv: [python, '-B', '-X', 'utf8', '/runtime/wrapper.py'],
      env: {
        ...jobEnvironment,
        ...SETTINGS,
        PYTHONPATH: script.lock ? `${PACKAGES}/python:${modules}` : modules,
        ...(script.lock && {
          ANSIBLE_COLLECTIONS_PATH: `${PACKAGES}/collections`,
          ANSIBLE_ROLES_PATH: `${PACKAGES}/roles`,
        }),
      },
      encodeInput: ({ args, env }) => encodeJson({ args: withDefaults(args, header), env, plan }),
    },
    withoutFrame: 'error',
  }
}

/** What is to be written and said besides the variables. */
function describePlan(header: Playbook['header']): Readonly<Record<string, unknown>> {
  const options = recordsOf(header['options']).flatMap((option) => {
    const { verbosity } = option
    return typeof verbosity === 'string' && /^v{1,6}$/.test(verbosity) ? [`-${verbosity}`] : []
  })
  const password = header['vault_password']
  return {
    inventories: inventoriesOf(header),
    files: filesOf(header),
    options,
    vaultPassword: typeof password === 'string' ? password : null,
  }
}

function withDefaults(
  args: Readonly<Record<string, unknown>>,
  header: Playbook['header'],
): Readonly<Record<string, unknown>> {
  const variables: unknown = header['extra_vars']
  const said = typeof variables === 'object' && variables !== null ? Object.entries(variables) : []
  const defaults = said.flatMap(([name, described]: [string, unknown]): [string, unknown][] =>
    typeof described === 'object' && described !== null && 'default' in described ? [[name, described.default]] : [],
  )
  return { ...Object.fromEntries(defaults), ...args }
}
