import { fileURLToPath } from 'node:url'
import { faultLine, type Check } from './fault.ts'

/** Folder of a small tree that a check is tried on: one that breaks its rules, one that keeps them. */
export function fixture(name: string, which: 'bad' | 'good'): string {
  return fileURLToPath(new URL(`./fixtures/${name}/${which}`, import.meta.url))
}

/** What a check says about its own fixture. */
export function findFaults(check: Check, which: 'bad' | 'good'): readonly string[] {
  return check.find(fixture(check.name, which)).map(faultLine)
}
