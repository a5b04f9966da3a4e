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
  parseApproveSearch,
  parseFlowSearch,
  parseFlowsSearch,
  parseHomeSearch,
  parseNewScriptSearch,
  parseQueueSearch,
  parseResourcesSearch,
  parseRunSearch,
  parseRunsSearch,
  parseScriptSearch,
  parseSignInSearch,
  parseVariablesSearch,
  parseWorkersSearch,
} from './search.ts'

const rootRoute = createRootRouteWithContext<{ readonly queries: QueryClient }>()({ component: Outlet })

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: parseSignInSearch,
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignInRoute'),
})

/** Where the addresses lead that a flow sends to those whom it asks. */
const approveRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/approve/$workspace/$job/$resumeId/$signature',
  validateSearch: parseApproveSearch,
  component: lazyRouteComponent(() => import('./approve.tsx'), 'ApproveRoute'),
})

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: ({ context }) => toFirstWorkspace(context.queries, { from: '/', to: links.home }),
})

/** Pages of the instance have an address without a workspace too, for whoever links to them from outside. */
const queueShortcut = createRoute({
  getParentRoute: () => rootRoute,
  path: '/queue',
  beforeLoad: ({ context }) => toFirstWorkspace(context.queries, { from: '/queue', to: links.queue }),
})
const workersShortcut = createRoute({
  getParentRoute: () => rootRoute,
  path: '/workers',
  beforeLoad: ({ context }) => toFirstWorkspace(context.queries, { from: '/workers', to: links.workers }),
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

const flowsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/flows',
  validateSearch: parseFlowsSearch,
  component: lazyRouteComponent(() => import('./flows.tsx'), 'FlowsRoute'),
})

const newFlowRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/new-flow',
  component: lazyRouteComponent(() => import('./new-flow.tsx'), 'NewFlowRoute'),
})

const flowRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/flow/$',
  validateSearch: parseFlowSearch,
  component: lazyRouteComponent(() => import('./flow.tsx'), 'FlowRoute'),
})

const editFlowRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/edit-flow/$',
  component: lazyRouteComponent(() => import('./edit-flow.tsx'), 'EditFlowRoute'),
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
  validateSearch: parseRunSearch,
  component: lazyRouteComponent(() => import('./run.tsx'), 'RunRoute'),
})

const variablesRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/variables',
  validateSearch: parseVariablesSearch,
  component: lazyRouteComponent(() => import('./variables.tsx'), 'VariablesRoute'),
})

const resourcesRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/resources',
  validateSearch: parseResourcesSearch,
  component: lazyRouteComponent(() => import('./resources.tsx'), 'ResourcesRoute'),
})

const volumesRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/volumes',
  component: lazyRouteComponent(() => import('./volumes.tsx'), 'VolumesRoute'),
})

const queueRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/queue',
  validateSearch: parseQueueSearch,
  component: lazyRouteComponent(() => import('./queue.tsx'), 'QueueRoute'),
})

const workersRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/workers',
  validateSearch: parseWorkersSearch,
  component: lazyRouteComponent(() => import('./workers.tsx'), 'WorkersRoute'),
})

const workerGroupRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/worker-groups/$group',
  component: lazyRouteComponent(() => import('./worker-group.tsx'), 'WorkerGroupRoute'),
})

const newWorkerGroupRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/new-worker-group',
  component: lazyRouteComponent(() => import('./new-worker-group.tsx'), 'NewWorkerGroupRoute'),
})

const settingsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings.tsx'), 'SettingsRoute'),
})

const routeTree = rootRoute.addChildren([
  signInRoute,
  approveRoute,
  indexRoute,
  queueShortcut,
  workersShortcut,
  workspaceRoute.addChildren([
    homeRoute,
    newScriptRoute,
    scriptRoute,
    editRoute,
    flowsRoute,
    newFlowRoute,
    flowRoute,
    editFlowRoute,
    runsRoute,
    runRoute,
    variablesRoute,
    resourcesRoute,
    volumesRoute,
    queueRoute,
    workersRoute,
    workerGroupRoute,
    newWorkerGroupRoute,
    settingsRoute,
  ]),
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

interface Way {
  readonly from: string
  readonly to: typeof links.home | typeof links.queue | typeof links.workers
}

/** Leads to a page in the first workspace of whoever is signed in. */
async function toFirstWorkspace(queries: QueryClient, { from, to }: Way): Promise<void> {
  const { email } = await queries.fetchQuery(sessionQuery).catch(toSignIn(from))
  const { workspaces } = await queries.fetchQuery(workspacesQuery)
  const workspace = workspaces[0]?.id
  if (workspace === undefined)
    throw new Error(`${email} is a member of no workspace. Ask an administrator to be added to one.`)
  redirect({ to, params: { workspace }, replace: true, throw: true })
}

function toSignIn(from: string) {
  return (error: unknown): never => {
    if (isSignedOut(error)) redirect({ to: links.signIn, search: from === '/' ? {} : { from }, throw: true })
    throw error
  }
}
