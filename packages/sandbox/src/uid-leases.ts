import { SandboxFault } from './sandbox.ts'

const FIRST_UID = 61_000
const UID_COUNT = 4_000

/** The user ids that boxes run as, when we are root. */
export const boxUids = { first: FIRST_UID, last: FIRST_UID + UID_COUNT - 1 } as const

/** The user id that we run as; `undefined` where the system has none. */
export function processUser(): number | undefined {
  return process.getuid?.()
}

/** Whether a user id is one that boxes run as. */
export function isBoxUid(uid: number): boolean {
  return uid >= FIRST_UID && uid < FIRST_UID + UID_COUNT
}

/**
 * User ids of a private range, so that no two boxes share one: files, signals and process counts stay apart by user too.
 * They rotate, and each server starts at another place, so that an id rests before it is used again.
 */
export class UidLeases {
  readonly #holders = new Map<number, number>()
  #next = (process.pid * 61) % UID_COUNT

  /** A user id that nobody holds; `undefined` when we are not root and thus cannot change users. */
  take(): number | undefined {
    if (processUser() !== 0) return undefined
    for (let tried = 0; tried < UID_COUNT; tried++) {
      const uid = FIRST_UID + this.#next
      this.#next = (this.#next + 1) % UID_COUNT
      if (this.#holders.has(uid)) continue
      this.hold(uid)
      return uid
    }
    throw new SandboxFault(`all ${UID_COUNT} user ids for boxes are in use; remove job folders that are done with`)
  }

  /** One holder more of a known id. */
  hold(uid: number): void {
    this.#holders.set(uid, (this.#holders.get(uid) ?? 0) + 1)
  }

  /** One holder less. */
  release(uid: number): void {
    const holders = (this.#holders.get(uid) ?? 0) - 1
    if (holders > 0) this.#holders.set(uid, holders)
    else this.#holders.delete(uid)
  }
}
