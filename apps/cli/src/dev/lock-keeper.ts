import type { Client } from '@millrace/client'
import { z } from 'zod'
import { FileError } from './metadata-file.ts'
import type { ScriptFile } from './script-file.ts'
import { writeLock } from './write-lock.ts'

/** What keeping locks takes. */
export interface LockKeeping {
  readonly client: Client
  readonly workspace: string
  readonly signal: AbortSignal
  /** Runs work that writes the files of a script, one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  onWritten(script: ScriptFile): void
  /** Does the work for a script and tells its faults; never rejects. */
  attempt(script: ScriptFile, work: () => Promise<void>, until: AbortSignal): Promise<void>
}

const LockReply = z.object({ lock: z.string() })
const FaultReply = z.object({ error: z.object({ message: z.string() }) })

/** Has the server pin the packages of scripts, one script after the other, beside all else; of one that is saved again only the newest. */
export class LockKeeper {
  readonly #keeping: LockKeeping
  readonly #waiting = new Map<string, { readonly script: ScriptFile; readonly content: string }>()
  #underWay: { readonly file: string; readonly abort: AbortController } | undefined
  #work: Promise<void> = Promise.resolve()
  #isWorking = false

  constructor(keeping: LockKeeping) {
    this.#keeping = keeping
  }

  /** Keeps the lock of a script whose content is new. */
  keep(script: ScriptFile, content: string): void {
    if (!script.language.locks || script.path === undefined) return
    this.#waiting.set(script.file, { script, content })
    if (this.#underWay?.file === script.file) this.#underWay.abort.abort()
    if (this.#isWorking) return
    this.#isWorking = true
    this.#work = this.#workOff()
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#work
  }

  async #workOff(): Promise<void> {
    const { signal, attempt } = this.#keeping
    for (const [file, { script, content }] of this.#waiting) {
      this.#waiting.delete(file)
      if (signal.aborted) break
      const abort = new AbortController()
      this.#underWay = { file, abort }
      const until = AbortSignal.any([signal, abort.signal])
      await attempt(script, () => this.#lock(script, content, until), until)
    }
    this.#underWay = undefined
    this.#isWorking = false
  }

  async #lock(script: ScriptFile, content: string, signal: AbortSignal): Promise<void> {
    const { client, workspace, inTurn, onWritten } = this.#keeping
    const source = { raw_code: content, language: script.language.id, script_path: script.path ?? '' }
    const reply = await client.workspaceDependencies.runRawScriptDependencies(
      { workspace, body: { raw_scripts: [source] } },
      { signal },
    )
    const made = LockReply.safeParse(reply.body)
    if (!made.success) {
      const fault = FaultReply.safeParse(reply.body).data?.error.message ?? `the server replied ${reply.status}`
      throw new FileError(`${script.label}: its packages cannot be pinned: ${fault}`)
    }
    if (await inTurn(() => writeLock(script, made.data.lock))) onWritten(script)
  }
}
