import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { languagesQuery } from '../data/instance.ts'
import { useIsOperator } from '../data/member.ts'
import { useSession, useUsername } from '../data/session.ts'
import { FlowEditor } from '../features/flow-editor/flow-editor.tsx'
import { draftOfNewFlow } from '../features/flow-editor/use-flow-draft.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { FlowRefusal } from './flow-refusal.tsx'
import { TestOutput } from './test-output.tsx'

const route = getRouteApi('/w/$workspace/new-flow')

export function NewFlowRoute() {
  const { workspace } = route.useParams()
  const languages = useQuery(languagesQuery).data
  const email = useSession().data?.email
  const username = useUsername(workspace)
  if (useIsOperator(workspace)) return <FlowRefusal workspace={workspace} path={undefined} />
  if (!languages || email === undefined || username === undefined) return <Skeleton />
  return (
    <FlowEditor
      draftKey={{ email, workspace, item: 'new' }}
      origin={draftOfNewFlow(username)}
      flow={undefined}
      languages={languages}
      drawOutput={(id) => <TestOutput workspace={workspace} id={id} />}
    />
  )
}
