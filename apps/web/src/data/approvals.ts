import { ApiError } from '@millrace/client'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

/** Where something is asked of somebody: a job, for a member; with the token of an address, for whoever holds it. */
export interface ApprovalAddress {
  readonly workspace: string
  readonly id: string
  /** `<resume id>.<signature>` */
  readonly token?: string | undefined
  /** In whose name the address was made; part of what is signed. */
  readonly approver?: string | undefined
}

/** What somebody is asked before a run goes on; null where it waits for nobody. */
export function approvalQuery({ workspace, id, token, approver }: ApprovalAddress) {
  return queryOptions({
    queryKey: ['w', workspace, 'approval', id, token ?? '', approver ?? ''],
    queryFn: ({ signal }) =>
      client.approvals
        .getApprovalInfo({ workspace, job_id: id, query: { token, approver } }, { signal })
        .catch((error: unknown) => {
          if (ApiError.is(error) && error.code === 'approval.not_waiting') return null
          throw error
        }),
  })
}

interface Answer {
  readonly approved: boolean
  readonly payload?: unknown
}

/** Answers yes or no: as the holder of the token, else as the member who is signed in. */
export function useAnswer({ workspace, id, token, approver }: ApprovalAddress) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (answer: Answer) =>
      client.approvals.resumeSuspended({
        workspace,
        job_id: id,
        body: { ...answer, approval_token: token, approver },
      }),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['w', workspace, 'job', id] }),
        queries.invalidateQueries({ queryKey: ['w', workspace, 'approval', id] }),
      ]),
  })
}
