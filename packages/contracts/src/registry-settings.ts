import { z } from 'zod'
import { Text } from './shapes.ts'

/** An address, or several with spaces between them; credentials in it are shown to package managers only, never to jobs. */
const Addresses = Text.max(10_000).regex(/^\S+( +\S+)*$/, 'must be addresses with spaces between them')
const Address = Text.max(10_000).regex(/^\S+$/, 'must be one address')
const File = Text.max(100_000)

/** Settings of the instance that say where packages come from; jobs never see them. */
export const registrySettings = {
  pip_index_url: Address.nullish(),
  pip_extra_index_url: Addresses.nullish(),
  uv_index_strategy: z.enum(['first-index', 'unsafe-first-match', 'unsafe-best-match']).nullish(),
  npm_config_registry: Address.nullish(),
  /** Content of an `.npmrc`. */
  npmrc: File.nullish(),
  bunfig_install_scopes: File.nullish(),
  go_proxy: Text.max(10_000).nullish(),
  go_private: Text.max(10_000).nullish(),
  /** Content of a `config.toml` of cargo. */
  cargo_registries: File.nullish(),
  maven_repos: Addresses.nullish(),
  /** Content of a `settings.xml`. */
  maven_settings_xml: File.nullish(),
  /** Content of a `NuGet.Config`. */
  nuget_config: File.nullish(),
  ruby_repos: Addresses.nullish(),
  powershell_repo_url: Address.nullish(),
  /** JSON of composer's `repositories`. */
  composer_repositories: File.nullish(),
} as const satisfies Readonly<Record<string, z.ZodType>>
