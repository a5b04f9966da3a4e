import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { CgroupsV2 } from './cgroups-v2.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-cgroup-'))
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('a hierarchy whose children get no memory controller is not used', () => {
  mkdirSync(join(root, 'own'))
  writeFileSync(join(root, 'cgroup.controllers'), '')
  expect(CgroupsV2.open(root, '/own')).toBeUndefined()
  expect(readFileSync(join(root, 'own', 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids')
})

test('a place that is no control group is not used', () => {
  expect(CgroupsV2.open(join(root, 'nowhere'), '/')).toBeUndefined()
})
