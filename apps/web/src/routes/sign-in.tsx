import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router'
import { SignInForm } from '../features/sign-in/sign-in-form.tsx'

const route = getRouteApi('/sign-in')

export function SignInRoute() {
  const { from } = route.useSearch()
  const navigate = useNavigate()
  const router = useRouter()
  const queries = useQueryClient()

  async function enter() {
    queries.clear()
    if (from === undefined) await navigate({ to: '/', replace: true })
    else router.history.replace(from)
  }

  return <SignInForm onSignedIn={() => void enter()} />
}
