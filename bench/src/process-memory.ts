import { readdirSync, readFileSync } from 'node:fs'

const MB = 1024

/** Resident memory of one process in MB, shared pages counted in full; undefined where there is no /proc. */
export function residentMb(pid: number): number | undefined {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1]
  return kb === undefined ? undefined : Number(kb) / MB
}

/** Memory of processes together in MB, pages that several of them share divided among those who share them (PSS). */
export function proportionalMb(pids: readonly number[]): number | undefined {
  const values = pids.map((pid) => /^Pss:\s+(\d+) kB$/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`))?.[1])
  const known = values.filter((kb) => kb !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, kb) => sum + Number(kb), 0) / MB
}

/** All processes below one, without itself. */
export function descendants(pid: number): readonly number[] {
  const children = Map.groupBy(readParents(), ([, parent]) => parent)
  const below = (parent: number): readonly number[] =>
    (children.get(parent) ?? []).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

function readParents(): ReadonlyMap<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Map(
    // What follows the name, which may hold brackets and spaces itself: state, parent.
    pids.map((pid) => [Number(pid), Number(/.*\) \S (\d+)/s.exec(readOrNothing(`/proc/${pid}/stat`))?.[1] ?? 0)]),
  )
}

/** A process may end between two looks at it. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
