import type { Readable } from 'node:stream'

/** What bubblewrap reports of a box, one JSON document a line. */
export class BwrapStatus {
  /** The box's first process as the host sees it; `undefined` when there never was one. */
  readonly init: Promise<number | undefined>
  /** Resolves when the command has ended, and never when the box failed before it started. */
  readonly exit: Promise<void>
  /** Resolves when bubblewrap has nothing more to report. */
  readonly end: Promise<void>
  /** The command's code; stays `undefined` when the box failed before the command started. */
  exitCode: number | undefined
  ended = false
  #text = ''
  readonly #exited = Promise.withResolvers<void>()

  constructor(stream: Readable) {
    this.exit = this.#exited.promise
    let giveInit: (pid: number | undefined) => void
    this.init = new Promise((resolve) => {
      giveInit = resolve
    })
    this.end = new Promise((resolve) => {
      stream.once('close', () => {
        this.ended = true
        giveInit(undefined)
        resolve()
      })
    })
    stream.on('error', () => undefined)
    stream.setEncoding('utf8').on('data', (text: string) => {
      const pid = this.#read(text)
      if (pid !== undefined) giveInit(pid)
    })
  }

  #read(text: string): number | undefined {
    this.#text += text
    const init = /"child-pid": (\d+)/.exec(this.#text)
    const exit = /"exit-code": (\d+)/.exec(this.#text)
    if (exit) {
      this.exitCode = Number(exit[1])
      this.#exited.resolve()
    }
    return init ? Number(init[1]) : undefined
  }
}
