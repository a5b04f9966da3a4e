import { getRouteApi, useLocation } from '@tanstack/react-router'
import { ApprovalPage } from '../features/approval/approval-page.tsx'

const route = getRouteApi('/approve/$workspace/$job/$resumeId/$signature')

export function ApproveRoute() {
  const { workspace, job, resumeId, signature } = route.useParams()
  const { approver } = route.useSearch()
  const here = useLocation().href
  const token = `${resumeId}.${signature}`
  return <ApprovalPage key={token} address={{ workspace, id: job, token, approver }} here={here} />
}
