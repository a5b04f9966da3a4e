import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { languagesQuery } from '../data/instance.ts'
import { useIsOperator } from '../data/member.ts'
import { useSession, useUsername } from '../data/session.ts'
import { ScriptEditor } from '../features/editor/script-editor.tsx'
import { draftOfLanguage } from '../features/editor/use-editor-state.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { ScriptRefusal } from './script-refusal.tsx'
import { TestOutput } from './test-output.tsx'

const route = getRouteApi('/w/$workspace/new')

export function NewScriptRoute() {
  const { workspace } = route.useParams()
  const { language: chosen } = route.useSearch()
  const languages = useQuery(languagesQuery).data
  const email = useSession().data?.email
  const username = useUsername(workspace)
  const language = languages?.find((each) => each.id === chosen) ?? languages?.[0]
  if (useIsOperator(workspace)) return <ScriptRefusal workspace={workspace} path={undefined} />
  if (!languages || !language || email === undefined || username === undefined) return <Skeleton />
  return (
    <ScriptEditor
      key={language.id}
      draftKey={{ email, workspace, item: chosen === undefined ? 'new' : `new-${chosen}` }}
      origin={draftOfLanguage(language, username)}
      script={undefined}
      languages={languages}
      drawOutput={(id) => <TestOutput workspace={workspace} id={id} />}
    />
  )
}
