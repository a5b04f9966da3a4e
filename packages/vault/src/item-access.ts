/** Who asks for an item (a variable, a resource), as a member of its workspace. */
export interface ItemUser {
  readonly username: string
  readonly isAdmin: boolean
}

/**
 * What a member may see, as beginnings of paths; undefined is everything. The only place that says who may have which item:
 * rights on folders and groups become further beginnings here.
 */
export function readablePrefixes(user: ItemUser): readonly string[] | undefined {
  return user.isAdmin ? undefined : [`u/${user.username}/`, 'f/']
}

/** Whether a member may see the item at a path, its value included. */
export function mayReadItem(user: ItemUser, path: string): boolean {
  return readablePrefixes(user)?.some((prefix) => path.startsWith(prefix)) ?? true
}

/** Whether a member may make, change and delete an item at a path. */
export function mayWriteItem(user: ItemUser, path: string): boolean {
  return mayReadItem(user, path)
}
