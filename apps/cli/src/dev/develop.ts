import type { Client } from '@millrace/client'
import { ApiError } from '@millrace/client'
import type { Language } from '@millrace/contracts'
import type { Terminal } from '../output/terminal.ts'
import { applyDefaultTs } from './default-ts.ts'
import { FolderState, type Changes } from './folder-state.ts'
import { loadArgs } from './load-args.ts'
import { LockKeeper } from './lock-keeper.ts'
import { FileError, readIfThere } from './metadata-file.ts'
import { refreshMetadata, type Refreshed } from './refresh-metadata.ts'
import { runSaved } from './run-saved.ts'
import type { ScriptFile } from './script-file.ts'
import { untilReached, type Patience } from './until-reached.ts'
import { watchFolder } from './watch-folder.ts'

/** What `millrace dev` works with. */
export interface Development {
  readonly client: Client
  readonly terminal: Terminal
  readonly workspace: string
  /** Absolute. */
  readonly folder: string
  /** Runs what is saved; else only the metadata is kept fresh. */
  readonly runs: boolean
  /** Ends it; a running job is cancelled. */
  readonly interrupted: AbortSignal
  /** Does not wait for the server any more. */
  readonly left: AbortSignal
}

/** A look at a script that succeeded. */
interface Look extends Refreshed {
  readonly script: ScriptFile
  readonly content: string
}

/** Watches a folder until it is interrupted: a script that is saved gets fresh metadata, and the newest one runs. */
export async function develop(development: Development): Promise<void> {
  const { client, interrupted } = development
  try {
    const patience = patienceOf(development, interrupted)
    const offered = await untilReached(() => client.instance.listLanguages({}, { signal: interrupted }), patience)
    const languages = await applyDefaultTs(offered, development.folder)
    await new Developer(development, languages).work()
  } catch (error) {
    if (!interrupted.aborted) throw error
  }
}

function patienceOf({ terminal }: Development, signal: AbortSignal): Patience {
  const { yellow, green } = terminal.style.err
  return {
    signal,
    onAway: (message) => terminal.err(`${yellow('waiting:')} ${message} Trying again.\n`),
    onBack: () => terminal.err(`${green('back:')} the server answers.\n`),
  }
}

/** One batch of changes after the other; at most one run, beside them. */
class Developer {
  readonly #development: Development
  readonly #state: FolderState
  /** Ends the work when a run cannot be told about in a line, such as signed out. */
  readonly #end = new AbortController()
  #fault: Error | undefined
  readonly #locks: LockKeeper
  /** Of work that writes the files of scripts. */
  #turn: Promise<unknown> = Promise.resolve()
  #run: { readonly file: string; readonly abort: AbortController; readonly ended: Promise<void> } | undefined

  constructor(development: Development, languages: readonly Language[]) {
    this.#development = development
    this.#state = new FolderState(languages, development.folder)
    const { client, terminal, workspace, interrupted } = development
    this.#locks = new LockKeeper({
      client,
      workspace,
      signal: AbortSignal.any([interrupted, this.#end.signal]),
      inTurn: (work) => this.#inTurn(work),
      onWritten: ({ label }) => terminal.err(`${label}: lock ${terminal.style.err.green('written')}\n`),
      attempt: (script, work, until) => this.#attempt(script, work, until),
    })
  }

  async work(): Promise<void> {
    const { folder, interrupted } = this.#development
    const signal = AbortSignal.any([interrupted, this.#end.signal])
    try {
      let isFirst = true
      for await (const touched of watchFolder(folder, signal)) {
        const changes = await this.#state.take(touched)
        if (isFirst) await this.#begin(changes, signal)
        else await this.#apply(changes, signal)
        isFirst = false
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      await this.#stopRun()
      await this.#locks.settled()
    }
    if (this.#fault) throw this.#fault
  }

  /** What is there at the beginning is made fresh and not run. */
  async #begin({ saved, unknown }: Changes, signal: AbortSignal): Promise<void> {
    const { terminal, workspace, folder, runs } = this.#development
    this.#nameUnknown(unknown)
    const looks = await this.#lookAll(saved, signal)
    for (const { script, content, written } of looks) if (written === 'created') this.#locks.keep(script, content)
    const count = `${saved.length} ${saved.length === 1 ? 'script' : 'scripts'}`
    const written = looks.filter((look) => look.written !== 'none').length
    const then = runs ? `What you save runs in the workspace ${workspace}` : 'Nothing runs'
    terminal.err(`Watching ${folder}: ${count}, ${written} with a new schema. ${then}; Ctrl-C ends.\n`)
  }

  async #apply({ saved, again, removed, renamed, unknown }: Changes, signal: AbortSignal): Promise<void> {
    const { terminal, runs } = this.#development
    this.#nameUnknown(unknown)
    for (const { from, to } of renamed) terminal.err(`${from.label}: renamed to ${to.label}\n`)
    for (const { label } of removed) terminal.err(`${label}: deleted; its .script.yaml is left for you to delete\n`)
    if (removed.some(({ file }) => file === this.#run?.file)) this.#run?.abort.abort()
    const [newest] = saved[0] ? saved : again
    if (runs && newest) this.#run?.abort.abort()
    const looks = await this.#lookAll(saved[0] ? saved : again.slice(0, 1), signal)
    const look = looks.find(({ script }) => script.file === newest?.file)
    if (runs && look) {
      if (saved.length > 1) terminal.err(`${saved.length} scripts were saved; the newest runs.\n`)
      await this.#startRun(look)
    }
    if (saved[0]) for (const { script, content } of looks) this.#locks.keep(script, content)
  }

  async #lookAll(scripts: readonly ScriptFile[], signal: AbortSignal): Promise<Look[]> {
    const looks: Look[] = []
    for (const script of scripts) {
      const look = await this.#tellFaults(script, () => this.#look(script, signal))
      if (look) looks.push(look)
    }
    return looks
  }

  /** Reads what is there when the server is reached, which may be newer than what was saved when it was away. */
  #look(script: ScriptFile, signal: AbortSignal): Promise<Look | undefined> {
    const { client, terminal } = this.#development
    const { green } = terminal.style.err
    return untilReached(
      async () => {
        const content = await readIfThere(script.file)
        if (content === undefined) return undefined
        const refreshed = await this.#inTurn(() => refreshMetadata(client, script, { content, signal }))
        if (refreshed.written !== 'none') terminal.err(`${script.label}: schema ${green(refreshed.written)}\n`)
        return { ...refreshed, script, content }
      },
      patienceOf(this.#development, signal),
    )
  }

  async #startRun({ script, content, schema, isLibrary }: Look): Promise<void> {
    const { terminal, interrupted, left } = this.#development
    await this.#stopRun()
    if (isLibrary) return terminal.err(`${script.label}: has no main, so nothing runs\n`)
    const args = await this.#tellFaults(script, () => loadArgs(script, schema))
    if (!args) return
    const abort = new AbortController()
    const until = AbortSignal.any([interrupted, abort.signal])
    const context = { ...this.#development, interrupted: until, left, patience: patienceOf(this.#development, until) }
    const ended = this.#attempt(script, () => runSaved({ script, content, args }, context), until)
    this.#run = { file: script.file, abort, ended }
  }

  /** What cannot be told in a line ends the command, unless the work was to end anyway. */
  async #attempt(script: ScriptFile, work: () => Promise<void>, until: AbortSignal): Promise<void> {
    await this.#tellFaults(script, work).catch((error: unknown) => {
      if (until.aborted) return
      this.#fault = error instanceof Error ? error : new Error(String(error))
      this.#end.abort()
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #stopRun(): Promise<void> {
    const run = this.#run
    this.#run = undefined
    run?.abort.abort()
    await run?.ended
  }

  /** What is wrong with one file, or with one call, is told and the work goes on. */
  async #tellFaults<T>(script: ScriptFile, work: () => Promise<T>): Promise<T | undefined> {
    const { terminal } = this.#development
    const red = terminal.style.err.red('✗')
    try {
      return await work()
    } catch (error) {
      if (error instanceof FileError) terminal.err(`${red} ${error.message}\n`)
      else if (ApiError.is(error) && error.status !== 401) terminal.err(`${red} ${script.label}: ${error.message}\n`)
      else throw error
      return undefined
    }
  }

  #nameUnknown(unknown: readonly string[]): void {
    if (unknown.length === 0) return
    const shown = unknown.slice(0, 5).join(', ')
    const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''
    this.#development.terminal.err(`Skipped, no language of this server has their ending: ${shown}${more}\n`)
  }
}
