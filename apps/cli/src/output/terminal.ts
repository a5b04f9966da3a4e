import type { Readable, Writable } from 'node:stream'

/** Where the command line reads and writes; tests give their own streams. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** For results only. */
  out(text: string): void
  /** For logs, notes and faults. */
  err(text: string): void
  readonly style: Style
  /** Told on Ctrl-C and SIGTERM; gives the function that stops telling. */
  onInterrupt(listener: () => void): () => void
}

/** Words in colour where the stream shows colours; `out` of standard output, `err` of standard error. */
export interface Style {
  readonly out: Paint
  readonly err: Paint
}
type Paint = Readonly<Record<'dim' | 'bold' | 'red' | 'green' | 'yellow', (text: string) => string>>

export interface TerminalStreams {
  readonly stdin: Terminal['stdin']
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

/** The terminal of a process. */
export function createTerminal(streams: TerminalStreams, options: { wantsNoColor: boolean }): Terminal {
  return {
    stdin: streams.stdin,
    out: (text) => void streams.stdout.write(text),
    err: (text) => void streams.stderr.write(text),
    style: {
      out: createPaint(!options.wantsNoColor && streams.stdout.isTTY === true),
      err: createPaint(!options.wantsNoColor && streams.stderr.isTTY === true),
    },
    onInterrupt(listener) {
      process.on('SIGINT', listener)
      process.on('SIGTERM', listener)
      return () => {
        process.off('SIGINT', listener)
        process.off('SIGTERM', listener)
      }
    },
  }
}

function createPaint(hasColor: boolean): Paint {
  const paint = (code: number) => (text: string) => (hasColor ? `\x1b[${code}m${text}\x1b[0m` : text)
  return { dim: paint(2), bold: paint(1), red: paint(31), green: paint(32), yellow: paint(33) }
}
