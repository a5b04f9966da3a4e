import { Problem } from '@millrace/base/problem'
import { instance as contract, type Language } from '@millrace/contracts'
import { countLiveWorkers, listLiveSandboxes } from '@millrace/db/tables/worker'
import { alarmThresholds, watchDatabase } from '@millrace/queue'
import { allRuntimes, findPackagedRuntime, type RuntimeInfo } from '@millrace/runtimes'
import { isDatabaseAway } from '../http/database-away.ts'
import { implement, type CallContext } from '../http/implement.ts'
import { openApiText } from '../http/openapi.ts'
import { RawJson } from '../http/implement.ts'
import { VERSION_TEXT } from '../product-version.ts'

export const instance = implement(contract, {
  backendVersion: { may: 'instance.see', run: () => VERSION_TEXT },
  health: { may: 'instance.see', run: checkHealth },
  healthStatus: { may: 'instance.see', run: checkHealth },
  healthAlarms: { may: 'instance.watch', run: listAlarms },
  openapi: { may: 'instance.see', run: () => new RawJson(openApiText()) },
  listLanguages: {
    may: 'instance.see',
    run: () =>
      allRuntimes.map(({ id, kind, info }) => {
        const { label, extension, aliases, editor, icon, starter } = info
        return {
          id,
          kind,
          label,
          extension,
          aliases: [...aliases],
          editor,
          icon,
          starter,
          ...(findPackagedRuntime(id) && { locks: true }),
          ...localRun(info),
        }
      }),
  },
  listSandboxes: {
    may: 'worker.see',
    async run(cx) {
      const rows = await listLiveSandboxes(cx.db.kysely, cx.leaseMs)
      return rows.map(({ sandbox, isolated, notice }) => ({
        id: sandbox,
        isolated,
        ...(notice !== null && { notice }),
      }))
    },
  },
})

async function listAlarms({ db, alarms: thresholds }: CallContext) {
  const { alarms, tables, seesAllSessions } = await watchDatabase(db, thresholds ?? alarmThresholds())
  return {
    checked_at: new Date().toISOString(),
    alarms: alarms.map(({ since, ...alarm }) => ({ ...alarm, ...(since && { since: since.toISOString() }) })),
    tables: tables.map((state) => ({
      table: state.table,
      live_rows: state.liveRows,
      dead_rows: state.deadRows,
      bytes: state.bytes,
      ...(state.vacuumedAt && { vacuumed_at: state.vacuumedAt.toISOString() }),
      is_vacuumed: state.isVacuumed,
    })),
    sees_all_sessions: seesAllSessions,
  }
}

async function checkHealth(cx: CallContext) {
  try {
    const workersAlive = await countLiveWorkers(cx.db.kysely, cx.leaseMs)
    return {
      status: 'healthy' as const,
      checked_at: new Date().toISOString(),
      database_healthy: true,
      workers_alive: workersAlive,
    }
  } catch (error) {
    if (!isDatabaseAway(error)) throw error
    throw new Problem('server.unavailable', 'The database does not answer.', {
      cause: error,
      detail: { status: 'unhealthy', checked_at: new Date().toISOString(), database_healthy: false, workers_alive: 0 },
      headers: { 'retry-after': '2' },
    })
  }
}

function localRun({ local }: RuntimeInfo): Pick<Language, 'local'> {
  if (!local) return {}
  const { script, files, argv, takesWords } = local
  return { local: { script, files: { ...files }, argv: [...argv], takes_words: takesWords ?? false } }
}
