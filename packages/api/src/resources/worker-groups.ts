import { Problem } from '@millrace/base/problem'
import {
  configOfGroup,
  DEFAULT_GROUP,
  GROUP_PREFIX,
  WorkerGroup,
  workerGroups as contract,
  type Config,
  type WorkerPing,
} from '@millrace/contracts'
import { deleteConfig, findConfig, listConfigs, putConfig, type ConfigRow } from '@millrace/db/tables/config'
import { listWorkers, type WorkerRow } from '@millrace/db/tables/worker'
import { implement } from '../http/implement.ts'
import { parseWith } from '../http/parse-with.ts'
import { pageOf } from '../page-of.ts'

const PING_SINCE_S = 300

export const workerGroups = implement(contract, {
  listWorkerGroups: {
    may: 'worker.see',
    async run(cx) {
      const groups = (await listConfigs(cx.db.kysely, GROUP_PREFIX)).map(toGroup)
      const all = groups.some(({ name }) => name === DEFAULT_GROUP)
        ? groups
        : [{ name: DEFAULT_GROUP, config: {} }, ...groups]
      return cx.caller.isSuperAdmin ? all : all.map(withoutSecrets)
    },
  },
  listConfigs: {
    may: 'config.see',
    run: async (cx) =>
      (await listConfigs(cx.db.kysely, '')).map(({ name, config }) => ({ name, config: { ...config } })),
  },
  getConfig: {
    may: 'config.see',
    async run(cx, { name }) {
      const found = await findConfig(cx.db.kysely, name)
      return found ? { ...found } : null
    },
  },
  updateConfig: {
    may: 'config.write',
    async run(cx, { name, body }) {
      const config = name.startsWith(GROUP_PREFIX) ? parseWith(WorkerGroup, body, 'body') : body
      await putConfig(cx.db.kysely, { name, config, changedBy: cx.caller.email })
      tellGroup(cx.queue, name)
      return `The configuration ${name} is set.`
    },
  },
  deleteConfig: {
    may: 'config.write',
    async run(cx, { name }) {
      const isDeleted = await deleteConfig(cx.db.kysely, name)
      if (!isDeleted && name !== configOfGroup(DEFAULT_GROUP))
        throw new Problem('config.not_found', `There is no configuration ${name}: see /api/configs/list.`)
      tellGroup(cx.queue, name)
      return `The configuration ${name} is deleted.`
    },
  },
  listWorkers: {
    may: 'worker.see',
    async run(cx, { query }) {
      const rows = await listWorkers(cx.db.kysely, query.ping_since ?? PING_SINCE_S, pageOf(query))
      return rows.map((row) => toPing(row, cx.caller.isSuperAdmin))
    },
  },
})

function tellGroup(queue: { tellGroups(names: readonly string[]): void }, name: string): void {
  if (name.startsWith(GROUP_PREFIX)) queue.tellGroups([name.slice(GROUP_PREFIX.length)])
}

function toGroup({ name, config }: ConfigRow): Config {
  return { name: name.slice(GROUP_PREFIX.length), config: { ...config } }
}

/** What everybody may know of a group: which jobs its workers take, and how many. */
function withoutSecrets({ name, config }: Config): Config {
  const { worker_tags, slots, dedicated_worker, priority_tags, native_mode } = config
  const open = { worker_tags, slots, dedicated_worker, priority_tags, native_mode }
  return { name, config: Object.fromEntries(Object.entries(open).filter(([, value]) => value !== undefined)) }
}

function toPing(row: WorkerRow, isSuperAdmin: boolean): WorkerPing {
  return {
    worker: row.name,
    worker_instance: row.host,
    last_ping: row.silent_s,
    started_at: row.started_at.toISOString(),
    ip: row.ip ?? 'local',
    jobs_executed: row.jobs_executed,
    custom_tags: row.tags,
    worker_group: row.worker_group,
    wm_version: row.version,
    occupancy_rate: row.slots > 0 ? Math.min(1, row.held / row.slots) : 0,
    slots: row.slots,
    sandbox: row.sandbox,
    isolated: row.isolated,
    ...(isSuperAdmin && row.job_id !== null && { current_job_id: row.job_id }),
    ...(isSuperAdmin && row.job_workspace !== null && { current_job_workspace_id: row.job_workspace }),
    ...(row.notice !== null && { notice: row.notice }),
  }
}
