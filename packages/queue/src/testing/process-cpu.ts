import { readFile } from 'node:fs/promises'

/** `sysconf(_SC_CLK_TCK)` of every Linux that Node runs on. */
const TICKS_PER_S = 100

/** Milliseconds of processor time that a process has used; Linux only. */
export async function processCpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [, , ...fields] = stat.slice(stat.lastIndexOf(')') + 1).split(' ')
  const ticks = Number(fields[10]) + Number(fields[11])
  return (ticks / TICKS_PER_S) * 1000
}
