import type { LockedFor } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'

/** In whose name locks are made that come of a call. */
export function lockedFor({ member, caller }: Pick<WorkspaceContext, 'member' | 'caller'>): LockedFor {
  return { createdBy: member.username, email: caller.email, permissionedAs: `u/${member.username}` }
}
