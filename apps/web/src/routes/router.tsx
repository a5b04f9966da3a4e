import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { isSignedOut } from '../data/client.ts'
import { sessionQuery, workspacesQuery } from '../data/session.ts'
import { links } from '../links.ts'
import { NotFound } from './not-found.tsx'
import { PageProblem } from './page-problem.tsx'
import {
  parseHomeSearch,
  parseNewScriptSearch,
  parseRunsSearch,
  parseScriptSearch,
  parseSignInSearch,
} from './search.ts'

const rootRoute = createRootRouteWithContext<{ readonly queries: QueryClient }>()({ component: Outlet })

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: parseSignInSearch,
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignInRoute'),
})

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  async beforeLoad({ context }) {
    const email = await context.queries.fetchQuery(sessionQuery).catch(toSignIn('/'))
    const { workspaces } = await context.queries.fetchQuery(workspacesQuery)
    const workspace = workspaces[0]?.id
    if (workspace === undefined)
      throw new Error(`${email.email} is a member of no workspace. Ask an administrator to be added to one.`)
    redirect({ to: links.home, params: { workspace }, replace: true, throw: true })
  },
})

const workspaceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/w/$workspace',
  async beforeLoad({ context, location }) {
    await context.queries.ensureQueryData(sessionQuery).catch(toSignIn(location.href))
  },
  component: lazyRouteComponent(() => import('./workspace.tsx'), 'WorkspaceRoute'),
})

const homeRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/',
  validateSearch: parseHomeSearch,
  component: lazyRouteComponent(() => import('./home.tsx'), 'HomeRoute'),
})

const newScriptRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/new',
  validateSearch: parseNewScriptSearch,
  component: lazyRouteComponent(() => import('./new-script.tsx'), 'NewScriptRoute'),
})

const scriptRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/scripts/$',
  validateSearch: parseScriptSearch,
  component: lazyRouteComponent(() => import('./script.tsx'), 'ScriptRoute'),
})

const editRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/edit/$',
  component: lazyRouteComponent(() => import('./edit-script.tsx'), 'EditScriptRoute'),
})

const runsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/runs',
  validateSearch: parseRunsSearch,
  component: lazyRouteComponent(() => import('./runs.tsx'), 'RunsRoute'),
})

const runRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/runs/$id',
  component: lazyRouteComponent(() => import('./run.tsx'), 'RunRoute'),
})

const routeTree = rootRoute.addChildren([
  signInRoute,
  indexRoute,
  workspaceRoute.addChildren([homeRoute, newScriptRoute, scriptRoute, editRoute, runsRoute, runRoute]),
])

/** All pages by address. */
export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: PageProblem,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}

function toSignIn(from: string) {
  return (error: unknown): never => {
    if (isSignedOut(error)) redirect({ to: links.signIn, search: from === '/' ? {} : { from }, throw: true })
    throw error
  }
}
