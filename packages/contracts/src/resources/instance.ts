import { z } from 'zod'
import { resource } from '../route.ts'

/** How a script is run by hand, outside of a sandbox, in a folder with `args.json` and `parameters.json` (names in order). */
export const LocalRun = z.object({
  /** File that the script itself goes to. */
  script: z.string(),
  /** Files beside it, by name. */
  files: z.record(z.string(), z.string()),
  argv: z.array(z.string()),
  /** The arguments are words of the command, in the order of the parameters. */
  takes_words: z.boolean(),
})
export type LocalRun = z.infer<typeof LocalRun>

export const Language = z.object({
  id: z.string(),
  /** `process`: a script is a program; `query`: it is statements for a server, which a resource names. */
  kind: z.enum(['process', 'query']),
  label: z.string(),
  extension: z.string(),
  aliases: z.array(z.string()),
  editor: z.string(),
  icon: z.string(),
  starter: z.string(),
  /** Its packages are pinned by a lock. */
  locks: z.boolean().optional(),
  /** Absent where a script cannot be run by its interpreter alone. */
  local: LocalRun.optional(),
})
export type Language = z.infer<typeof Language>

export const Health = z.object({
  status: z.enum(['healthy', 'unhealthy']),
  checked_at: z.string(),
  database_healthy: z.boolean(),
  workers_alive: z.number(),
})

/** How this server isolates jobs, for the banner of the web. */
export const SandboxStatus = z.object({ id: z.string(), isolated: z.boolean(), notice: z.string().optional() })

/** Something about the database that makes the queue slow or the disk full if nobody looks. */
export const Alarm = z.object({
  kind: z.enum(['session', 'prepared_transaction', 'replication_slot', 'dead_rows', 'autovacuum']),
  subject: z.string(),
  message: z.string(),
  since: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})

export const DatabaseHealth = z.object({
  checked_at: z.string(),
  alarms: z.array(Alarm),
  tables: z.array(
    z.object({
      table: z.string(),
      live_rows: z.number(),
      dead_rows: z.number(),
      bytes: z.number(),
      vacuumed_at: z.string().optional(),
      is_vacuumed: z.boolean(),
    }),
  ),
  sees_all_sessions: z.boolean(),
})

export const instance = resource({
  backendVersion: {
    method: 'GET',
    path: '/version',
    summary: 'The emulated API version and our own.',
    auth: 'none',
    reply: { kind: 'text', status: 200, description: 'Such as `CE v1.819.0 (Millrace 0.1.0)`.' },
  },
  health: {
    method: 'GET',
    path: '/health',
    summary: 'Whether the server and its database answer; 503 when not.',
    auth: 'none',
    reply: { kind: 'json', status: 200, schema: Health },
    problems: ['server.unavailable'],
  },
  healthStatus: {
    method: 'GET',
    path: '/health/status',
    summary: 'The same as `/health`.',
    auth: 'none',
    reply: { kind: 'json', status: 200, schema: Health },
    problems: ['server.unavailable'],
  },
  healthAlarms: {
    method: 'GET',
    path: '/health/alarms',
    summary: 'What keeps the database from cleaning up, and the state of its hot tables. For superadmins.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: DatabaseHealth },
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI document.',
    auth: 'none',
    reply: { kind: 'json', status: 200, schema: z.looseObject({ openapi: z.string() }) },
  },
  listLanguages: {
    method: 'GET',
    path: '/languages',
    summary: 'Languages that scripts may be written in.',
    auth: 'none',
    reply: { kind: 'json', status: 200, schema: z.array(Language) },
  },
  listSandboxes: {
    method: 'GET',
    path: '/workers/sandboxes',
    summary: 'How the live workers isolate jobs.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(SandboxStatus) },
  },
})
