import type { registrySettings } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import { loadSettings } from '@millrace/db/tables/setting'
import type { Registries } from '@millrace/runtimes'

/** What was set is followed after so long. */
const FRESH_MS = 5000

/** Variables under which package managers read each setting; the last resort is a name of ours with the content of a file. */
const VARIABLES: Readonly<Record<keyof typeof registrySettings, readonly string[]>> = {
  pip_index_url: ['PIP_INDEX_URL', 'UV_DEFAULT_INDEX'],
  pip_extra_index_url: ['PIP_EXTRA_INDEX_URL', 'UV_INDEX'],
  uv_index_strategy: ['UV_INDEX_STRATEGY'],
  npm_config_registry: ['NPM_CONFIG_REGISTRY', 'BUN_CONFIG_REGISTRY'],
  npmrc: ['MILLRACE_NPMRC'],
  bunfig_install_scopes: ['MILLRACE_BUNFIG_INSTALL_SCOPES'],
  go_proxy: ['GOPROXY'],
  go_private: ['GOPRIVATE'],
  cargo_registries: ['MILLRACE_CARGO_CONFIG'],
  maven_repos: ['MILLRACE_MAVEN_REPOS'],
  maven_settings_xml: ['MILLRACE_MAVEN_SETTINGS'],
  nuget_config: ['MILLRACE_NUGET_CONFIG'],
  ruby_repos: ['MILLRACE_RUBY_REPOS'],
  powershell_repo_url: ['MILLRACE_POWERSHELL_REPO_URL'],
  composer_repositories: ['MILLRACE_COMPOSER_REPOSITORIES'],
}

/**
 * Where packages come from: the environment of the server as far as it is about that, and over it the settings of the instance. Steps with
 * network get it, jobs never do.
 */
export class RegistryEnvironment {
  readonly #db: Queryable
  readonly #own: Readonly<Record<string, string>>
  #known: { readonly registries: Promise<Registries>; readonly untilMs: number } | undefined

  constructor(db: Queryable, own: Readonly<Record<string, string>>) {
    this.#db = db
    this.#own = own
  }

  async read(): Promise<Registries> {
    if (!this.#known || this.#known.untilMs < performance.now()) {
      const registries = this.#load()
      this.#known = { registries, untilMs: performance.now() + FRESH_MS }
      registries.catch(() => (this.#known = undefined))
    }
    return await this.#known.registries
  }

  async #load(): Promise<Registries> {
    const settings = await loadSettings(this.#db, Object.keys(VARIABLES))
    const env: Record<string, string> = { ...this.#own }
    for (const [setting, names] of Object.entries(VARIABLES)) {
      const value = settings.get(setting)
      if (typeof value === 'string') for (const name of names) env[name] = value
    }
    return { env }
  }
}
