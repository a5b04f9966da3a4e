import { ScriptOptions, type FormSchema, type NewScript, type Script } from '@millrace/contracts'
import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'
import { settingKeys, type ScriptSettings } from './parse-settings.ts'

const SCRIPTS_MAX = 1000
/** How often a script is looked at while its packages are pinned. */
const LOCKING_MS = 2000

export function scriptsQuery(workspace: string, filter: { readonly isArchivedShown?: boolean } = {}) {
  const isArchivedShown = filter.isArchivedShown === true
  return queryOptions({
    queryKey: ['w', workspace, 'scripts', { isArchivedShown }],
    queryFn: ({ signal }) =>
      client.scripts.listScripts(
        { workspace, query: { per_page: SCRIPTS_MAX, ...(isArchivedShown && { show_archived: true }) } },
        { signal },
      ),
    placeholderData: keepPreviousData,
  })
}

export function scriptQuery(workspace: string, path: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'script', path],
    queryFn: ({ signal }) => client.scripts.getScriptByPath({ workspace, path }, { signal }),
    refetchInterval: ({ state }) => (state.data?.is_locking ? LOCKING_MS : false),
  })
}

export function scriptVersionQuery(workspace: string, hash: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'version', hash],
    queryFn: ({ signal }) => client.scripts.getScriptByHash({ workspace, hash }, { signal }),
  })
}

export function historyQuery(workspace: string, path: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'history', path],
    queryFn: ({ signal }) =>
      client.scripts.getScriptHistoryByPath({ workspace, path, query: { per_page: 200 } }, { signal }),
  })
}

/** A source, and the schema that the script has so far, which may have been edited by hand. */
interface SignatureQuestion {
  readonly language: string
  readonly content: string
  readonly previous: FormSchema | undefined
}

/** The form of a source as it is typed, read in this browser where it can; the last one is kept while the next is on its way. */
export function useSignature(question: SignatureQuestion) {
  return useQuery({
    queryKey: ['signature', question],
    queryFn: ({ signal }) => askForSignature(question, signal),
    placeholderData: keepPreviousData,
    networkMode: 'always',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })
}

async function askForSignature({ language, content, previous }: SignatureQuestion, signal: AbortSignal) {
  try {
    const { readSignature } = await import('./read-signature.ts')
    return await readSignature(language, content, previous)
  } catch {
    // A browser without WebAssembly, a file that did not come, a language that only a newer server knows.
    return await client.scripts.inferSignature({ body: { language, content, previous } }, { signal })
  }
}

export function useDeployScript(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (script: NewScript) => client.scripts.createScript({ workspace, body: script }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace] }),
  })
}

/** Archives a script; `restore` deploys the same content again, for a version cannot be taken out of the archive. */
export function useArchiveScript(workspace: string) {
  const queries = useQueryClient()
  const refresh = () => queries.invalidateQueries({ queryKey: ['w', workspace] })
  const archive = useMutation({
    mutationFn: (script: Script) => client.scripts.archiveScriptByPath({ workspace, path: script.path }),
    onSuccess: refresh,
  })
  const restore = useMutation({
    mutationFn: (script: Script) => client.scripts.createScript({ workspace, body: asNewVersion(script) }),
    onSuccess: refresh,
  })
  return { archive, restore }
}

/** The same script as a body for deployment, on top of itself; with `settings`, these instead of its own. */
export function asNewVersion(script: Script, settings?: ScriptSettings): NewScript {
  const { path, summary, description, content, language, kind, tag, timeout, lock } = script
  return {
    ...ScriptOptions.parse(script),
    ...(tag !== undefined && { tag }),
    ...(timeout !== undefined && { timeout }),
    ...(settings && { ...NO_OPTIONS, ...settings }),
    path,
    summary,
    description,
    content,
    language,
    kind,
    parent_hash: script.hash,
    ...(script.schema && { schema: script.schema }),
    ...(lock && { lock }),
  }
}

/** Each of the settings unset; other options stay. */
const NO_OPTIONS = Object.fromEntries(settingKeys.map((key) => [key, undefined]))
