import { chmod, chown, lchown, mkdir, opendir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Mount } from './spec.ts'
import { SandboxFault } from './sandbox.ts'
import { isBoxUid, UidLeases } from './uid-leases.ts'

/**
 * Who owns which job folder. When we are root every folder gets a user id of its own, except that a folder inside another
 * belongs to the same one (a zygote's box holds the parent and must write all children). A box runs as the owner of the
 * folder it writes.
 */
export class JobFolders {
  readonly #leases = new UidLeases()
  /** In the order in which they were made. */
  readonly #owners = new Map<string, number>()

  /** Makes the folder (its parent exists), or takes an existing one over with the owner it had. */
  async make(host: string): Promise<void> {
    const path = resolve(host)
    await mkdir(path, { recursive: true })
    const uid = await this.#chooseOwner(path)
    await chmod(path, 0o700)
    if (uid === undefined || this.#owners.get(path) === uid) return
    this.#owners.set(path, uid)
    await chown(path, uid, uid)
  }

  /** Idempotent; also removes folders that the job closed to itself. */
  async remove(host: string): Promise<void> {
    const path = resolve(host)
    try {
      await rm(path, { recursive: true, force: true })
    } catch {
      await openFolders(path)
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
    }
    for (const [folder, uid] of this.#owners) {
      if (folder !== path && !folder.startsWith(`${path}/`)) continue
      this.#owners.delete(folder)
      this.#leases.release(uid)
    }
  }

  /**
   * The user that a box with these mounts runs as, leased until `release`; `undefined` when we cannot change users. A box
   * that writes several folders runs as the owner of the one made first (a shared cache), and the others are handed to it.
   */
  async lease(mounts: readonly Mount[]): Promise<{ readonly uid: number | undefined; release(): void }> {
    const uid = (await this.#ownerOf(mounts)) ?? this.#leases.take()
    if (uid === undefined) return { uid, release() {} }
    this.#leases.hold(uid)
    return { uid, release: () => this.#leases.release(uid) }
  }

  async #chooseOwner(path: string): Promise<number | undefined> {
    const { uid } = await stat(path)
    const own = this.#owners.get(path)
    // Another server on the same folder may have handed it to another user.
    if (own !== undefined && own !== uid && isBoxUid(uid)) {
      this.#leases.hold(uid)
      this.#leases.release(own)
      return uid
    }
    const known = own ?? this.#ownerAbove(path)
    if (known !== undefined) {
      if (own === undefined) this.#leases.hold(known)
      return known
    }
    if (!isBoxUid(uid)) return this.#leases.take()
    this.#leases.hold(uid)
    return uid
  }

  #ownerAbove(path: string): number | undefined {
    for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
      const uid = this.#owners.get(folder)
      if (uid !== undefined) return uid
    }
    return undefined
  }

  async #ownerOf(mounts: readonly Mount[]): Promise<number | undefined> {
    const written = mounts.filter((mount) => mount.writable).map((mount) => resolve(mount.host))
    if (process.getuid?.() !== 0 || written.length === 0) return undefined

    const owners = new Map<string, number>()
    for (const path of written) {
      const uid = this.#owners.get(path) ?? this.#ownerAbove(path)
      if (uid === undefined) {
        throw new SandboxFault(`${path} cannot be mounted writable: it was not made by makeFolder of this sandbox`)
      }
      owners.set(path, uid)
    }
    if (new Set(owners.values()).size === 1) return owners.get(written[0] ?? '')
    return this.#unifyOwners(owners)
  }

  async #unifyOwners(owners: ReadonlyMap<string, number>): Promise<number | undefined> {
    const first = [...this.#owners].find(([folder]) => owners.has(folder))
    if (!first) throw new SandboxFault('folders of several owners cannot be mounted writable into one box')
    const [, uid] = first
    for (const [path, owner] of owners) {
      if (owner === uid) continue
      await giveAway(path, uid)
      this.#owners.set(path, uid)
      this.#leases.hold(uid)
      this.#leases.release(owner)
    }
    return uid
  }
}

async function giveAway(path: string, uid: number): Promise<void> {
  await lchown(path, uid, uid)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) await giveAway(child, uid)
    else await lchown(child, uid, uid)
  }
}

async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700)
  for await (const entry of await opendir(path)) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name))
  }
}
