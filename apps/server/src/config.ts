import { accessSync, constants, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apiConfig } from '@millrace/api'
import { int, oneOf, readSettings, secret, text, type Settings, type SettingsOf } from '@millrace/base/settings'
import { queueConfig } from '@millrace/queue'
import { sandboxConfig } from '@millrace/sandbox'
import { workerConfig } from '@millrace/worker'
import { databaseConfig } from './database-config.ts'
import type { Chaos } from './roles/chaos.ts'

/** Settings of the program as a whole. */
export const serverConfig = {
  databaseUrl: secret(
    'DATABASE_URL',
    'PostgreSQL 15 or newer to use; without it an embedded one is run in the data folder.',
  ),
  dataDir: text(
    'MILLRACE_DATA_DIR',
    'Folder of everything that is kept outside the database: the embedded database, builds, toolchains.',
    defaultDataDir(),
  ),
  adminEmail: text('MILLRACE_ADMIN_EMAIL', 'E-mail address of the first administrator.', 'admin@millrace.local'),
  adminPassword: secret(
    'MILLRACE_ADMIN_PASSWORD',
    'Password of the first administrator; without it a random one is printed once.',
    8,
  ),
  secretKey: secret(
    'MILLRACE_SECRET_KEY',
    'What secrets are sealed under, the same for every process on a database; without it a file of the data folder, or with DATABASE_URL the database itself, keeps one.',
    32,
  ),
  secretKeyFile: text('MILLRACE_SECRET_KEY_FILE', 'File that holds MILLRACE_SECRET_KEY.'),
  metricsPort: int(
    'METRICS_PORT',
    'TCP port for the metrics of this process alone, such as a worker’s, without a token; 0 is none.',
    0,
    { max: 65_535 },
  ),
  logLevel: oneOf(
    'LOG_LEVEL',
    'Least important lines of the log that are written.',
    ['debug', 'info', 'warn', 'error'],
    'info',
  ),
  logFormat: oneOf(
    'LOG_FORMAT',
    'Log lines for people or for machines; auto is text on a terminal.',
    ['auto', 'text', 'json'],
    'auto',
  ),
}

const slices = {
  server: serverConfig,
  database: databaseConfig,
  api: apiConfig,
  queue: queueConfig,
  worker: workerConfig,
  sandbox: sandboxConfig,
} as const

/** The whole configuration, one slice a package. */
export type Config = { readonly [K in keyof typeof slices]: SettingsOf<(typeof slices)[K]> }

/** Thrown with every fault of the environment at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads the environment, once. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const faults: string[] = []
  const config = {
    server: readSettings(serverConfig, env, faults),
    database: readSettings(databaseConfig, env, faults),
    api: readSettings(apiConfig, env, faults),
    queue: readSettings(queueConfig, env, faults),
    worker: readSettings(workerConfig, env, faults),
    sandbox: readSettings(sandboxConfig, env, faults),
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return Object.freeze({ ...config, server: { ...config.server, dataDir: resolve(config.server.dataDir) } })
}

/** A variable of the environment that a worker group lets its jobs see. */
export function lookUpVariable(name: string): string | undefined {
  return process.env[name]
}

/** What `millrace flow test --chaos` tells the workers that it starts; nothing to set otherwise, and so no setting. */
export function readChaos(env: Readonly<Record<string, string | undefined>> = process.env): Chaos | undefined {
  const file = env['MILLRACE_CHAOS_FILE']
  return file ? { file, step: env['MILLRACE_CHAOS_STEP'] || undefined } : undefined
}

/** Proxies, certificates and what package managers read, each under the names that they have everywhere. */
const PACKAGE_VARIABLES =
  /^((https?|ftp|all|no)_proxy|ssl_cert_(file|dir)|node_extra_ca_certs|(requests|curl)_ca_bundle|(pip|uv|npm_config|bun_config|cargo|composer|nuget|bundle|deno|maven|goproxy|goprivate|gonoproxy|gosumdb|gonosumdb|goinsecure|goauth|jsr|npm_token|cran)(_\w+|$))$/i
/** Of these, what is about this process and its host rather than about where packages come from. */
const NOT_PASSED_ON =
  /^(npm_config_(user_agent|cache|prefix|global_prefix|globalconfig|userconfig|init_module|local_prefix|node_gyp|noproxy)|cargo_(home|target_dir|manifest_dir|pkg_\w+)|uv_(cache_dir|python_install_dir|project_environment|tool_dir)|pip_(target|prefix|user|cache_dir|find_links)|deno_dir|composer_home|nuget_packages|bundle_(path|bin|gemfile))$/i

/** The part of the environment that says where packages come from: steps that fetch them get it, jobs never see it. */
export function packageEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  const found = Object.entries(env).flatMap(([name, value]): [string, string][] => {
    const isPassed = PACKAGE_VARIABLES.test(name) && !NOT_PASSED_ON.test(name)
    return isPassed && value ? [[name, value]] : []
  })
  return Object.fromEntries(found)
}

/** Each setting with its effective value, where it comes from and what it means; secrets are not shown. */
export function describeConfig(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const settings = Object.values(slices).flatMap((slice: Settings) => Object.values(slice))
  return settings
    .map((setting) => {
      const given = env[setting.env]
      const value = given === undefined ? (setting.defaultText ?? '(none)') : given
      return `${setting.env}=${setting.secret && given ? '***' : value}\n    ${setting.help} (${given === undefined ? 'default' : 'environment'})`
    })
    .join('\n')
}

/**
 * `.millrace` beside the program. Root's programs drop to unprivileged users, who cannot reach a folder below a private
 * home: there it is the system's place for such data.
 */
function defaultDataDir(): string {
  const beside = join(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))), '.millrace')
  if (process.getuid?.() !== 0) return isWritable(dirname(beside)) ? beside : join(homeOf(), '.millrace')
  for (let folder = dirname(beside); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return '/var/lib/millrace'
  }
  return beside
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function homeOf(): string {
  return process.env['HOME'] ?? '/tmp'
}
