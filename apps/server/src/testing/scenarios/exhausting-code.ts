/** Code of one language that takes what it can get. */
export interface ExhaustingCode {
  readonly language: string
  /** Starts processes that sleep for `mark` until it may not, goes on trying, and does not want to stop. */
  forks(mark: string): string
  /** Its interpreter gives up by itself where it may start nothing more. */
  readonly mayAbort?: boolean
  /** Writes files until it may not, and goes on trying. */
  readonly fillsDisk: string
}

/** One for each way in which a job comes into its box: a command of its own, a fork of a warm interpreter, a parked process. */
export const EXHAUSTING: readonly ExhaustingCode[] = [
  {
    language: 'bash',
    forks: (mark) => `trap '' TERM; while :; do sleep ${mark} & done 2>/dev/null`,
    fillsDisk: 'for ((n = 0; ; n++)); do head -c 4000000 /dev/zero >"file$n" || sleep 0.1; done',
  },
  {
    language: 'python3',
    forks: (mark) => `import signal, subprocess
def main():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        try:
            subprocess.Popen(["sleep", "${mark}"])
        except OSError:
            pass
`,
    fillsDisk: `import time
def main():
    n = 0
    while True:
        n += 1
        try:
            with open(f"file{n}", "wb") as file:
                file.write(bytes(4_000_000))
        except OSError:
            time.sleep(0.1)
`,
  },
  {
    language: 'bun',
    mayAbort: true,
    forks: (mark) => `import { spawn } from 'node:child_process'
process.on('SIGTERM', () => undefined)
export async function main() {
  for (;;) {
    try { spawn('sleep', ['${mark}'], { stdio: 'ignore' }).on('error', () => undefined) } catch {}
    await new Promise((resolve) => setImmediate(resolve))
  }
}
`,
    fillsDisk: `import { writeFileSync } from 'node:fs'
export async function main() {
  for (let n = 0; ; n++) {
    try { writeFileSync('file' + n, Buffer.alloc(4_000_000)) } catch { await Bun.sleep(100) }
  }
}
`,
  },
]
