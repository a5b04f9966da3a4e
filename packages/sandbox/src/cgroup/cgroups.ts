import type { Cgroups } from './cgroup.ts'
import { CgroupsV1 } from './cgroups-v1.ts'
import { CgroupsV2 } from './cgroups-v2.ts'

/** Control groups with memory and process bounds that we may create, removing those of servers that died; else none. */
export function openCgroups(): Cgroups | undefined {
  return CgroupsV1.open() ?? CgroupsV2.open()
}
