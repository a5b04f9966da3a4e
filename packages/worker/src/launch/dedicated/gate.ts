import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { writeJobFiles } from '../job-files.ts'

/** The file as the process finds it in its folder; it opens it and takes its name away before it loads the script. */
const NAME = '.gate'
const ROUND_AT = 0
const BEGUN_AT = 1

/**
 * Decides between us and a process that is busy which of the jobs that lie before it have begun: two bytes in a file, of which
 * each side writes one and then reads the other. The process counts a job as begun and then looks whether its round still is; we end
 * the round and then look how many have begun. So at least one of the two sees the other, and no job is begun twice or by nobody.
 */
export class Gate {
  readonly #file: number
  readonly #byte = Buffer.alloc(1)
  #round = 0

  private constructor(file: number) {
    this.#file = file
  }

  /** Puts the file into the folder of a process that is not started yet. */
  static open(folder: string): Gate {
    writeJobFiles(folder, { [NAME]: '\0\0' })
    return new Gate(openSync(join(folder, NAME), 'r+'))
  }

  /** Jobs that are sent from now on belong to it. */
  get round(): number {
    return this.#round
  }

  /** Jobs of this round that have not begun will not begin. */
  endRound(): void {
    this.#round = (this.#round + 1) % 256
    this.#byte[0] = this.#round
    writeSync(this.#file, this.#byte, 0, 1, ROUND_AT)
  }

  /** How many jobs have begun, modulo 256. */
  readBegun(): number {
    readSync(this.#file, this.#byte, 0, 1, BEGUN_AT)
    return this.#byte[0] ?? 0
  }

  close(): void {
    closeSync(this.#file)
  }
}
