import { sleep } from '@millrace/base/time'

/** Waits for something that only the database can tell; the error names it. */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  isSo: () => boolean | Promise<boolean>,
  everyMs = 20,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not so after ${timeoutMs} ms`)
    await sleep(everyMs)
  }
}
