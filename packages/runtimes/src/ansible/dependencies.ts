import { createHash } from 'node:crypto'
import type { Dependencies, FoundToolchain, Registries, ScriptSource, Step } from '../runtime.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { isRecord, readPlaybook, recordsOf } from './playbook.ts'

/** Where a job sees its collections, roles and Python packages. */
export const PACKAGES = '/packages'

/** Collections and roles of Galaxy and packages of Python, in the header's section `dependencies`. */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestNames: () => [],
  resolve(script, toolchain, registries) {
    const wanted = findWanted(script)
    return wanted === undefined ? undefined : describe('resolve', JSON.stringify(wanted), toolchain, registries)
  },
  install(lock, toolchain, registries) {
    if (lock.trim() === '') return undefined
    return { ...describe('install', lock, toolchain, registries), inside: PACKAGES }
  },
}

/** What the steps read: lists in the words of pip and of `ansible-galaxy`. */
function findWanted({ content }: ScriptSource): Readonly<Record<string, readonly unknown[]>> | undefined {
  const playbook = readPlaybook(content)
  const section = playbook.ok ? playbook.value.header['dependencies'] : undefined
  if (!isRecord(section)) return undefined
  const galaxy = isRecord(section['galaxy']) ? section['galaxy'] : {}
  const wanted = {
    collections: namedOf(galaxy['collections']),
    roles: namedOf(galaxy['roles']),
    python: Array.isArray(section['python']) ? section['python'].filter((name) => typeof name === 'string') : [],
  }
  return Object.values(wanted).some((list) => list.length > 0) ? wanted : undefined
}

/** `- name: a.b` and `- a.b` alike. */
function namedOf(list: unknown): readonly unknown[] {
  if (!Array.isArray(list)) return []
  const names = list.filter((entry) => typeof entry === 'string').map((name) => ({ name }))
  return [...recordsOf(list), ...names]
}

function describe(step: 'resolve' | 'install', text: string, toolchain: FoundToolchain, registries: Registries): Step {
  const { python = '/usr/bin/python3', modules = '' } = toolchain.paths
  const parts = [step, text, toolchain.version, python, process.arch]
  return {
    key: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
    files: { 'wanted.json': text },
    argv: [python, '-B', '-X', 'utf8', '/runtime/packages.py', step],
    env: {
      ...jobEnvironment,
      PYTHONPATH: modules,
      ANSIBLE_CONFIG: '/runtime/ansible.cfg',
      ANSIBLE_HOME: '/tmp/.ansible',
      ANSIBLE_NOCOLOR: '1',
      PIP_CACHE_DIR: '/cache/pip',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      ...registries.env,
    },
    cache: true,
    network: 'host',
    output: step === 'resolve' ? 'lock' : 'packages',
  }
}
