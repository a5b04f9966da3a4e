/** Addresses of pages and of the API, for `<Link>` and for `href`; nothing else builds a URL. */
export const links = {
  signIn: '/sign-in',
  /** Where pages begin that need no session. */
  approvals: '/approve/',
  home: '/w/$workspace',
  newScript: '/w/$workspace/new',
  script: '/w/$workspace/scripts/$',
  editScript: '/w/$workspace/edit/$',
  flows: '/w/$workspace/flows',
  newFlow: '/w/$workspace/new-flow',
  flow: '/w/$workspace/flow/$',
  editFlow: '/w/$workspace/edit-flow/$',
  runs: '/w/$workspace/runs',
  run: '/w/$workspace/runs/$id',
  variables: '/w/$workspace/variables',
  resources: '/w/$workspace/resources',
  volumes: '/w/$workspace/volumes',
  queue: '/w/$workspace/queue',
  workers: '/w/$workspace/workers',
  workerGroup: '/w/$workspace/worker-groups/$group',
  newWorkerGroup: '/w/$workspace/new-worker-group',
  settings: '/w/$workspace/settings',
  apiReference: '/api/docs',
} as const

/** What is called over HTTP. */
export interface Callable {
  readonly kind: 'script' | 'flow'
  readonly workspace: string
  readonly path: string
}

/** A call of a script or a flow over HTTP; `isWaiting` gives the result in the reply instead of the job's id. */
export function runUrl(origin: string, { kind, workspace, path }: Callable, isWaiting: boolean): string {
  return `${origin}/api/w/${workspace}/jobs/${isWaiting ? 'run_wait_result' : 'run'}/${kind === 'flow' ? 'f' : 'p'}/${path}`
}

/** The result of a finished job over HTTP. */
export function resultUrl(origin: string, workspace: string, id: string): string {
  return `${origin}/api/w/${workspace}/jobs_u/completed/get_result/${id}`
}

/** The whole log of a job as text. */
export function logUrl(workspace: string, id: string): string {
  return `/api/w/${workspace}/jobs_u/get_logs/${id}`
}
