import type { Command } from '../command.ts'

/** A command as `--help` lists it; its module is loaded when it is called. */
export interface Entry {
  /** `run`, or `script push`. */
  readonly name: string
  readonly summary: string
  readonly load?: () => Promise<Command>
}

/** One line for each command. Those without `load` are the server's, which the launcher starts. */
export const registry: readonly Entry[] = [
  { name: 'start', summary: 'start Millrace with its own PostgreSQL' },
  { name: 'server', summary: 'start the API and web server only' },
  { name: 'worker', summary: 'start a worker only' },
  { name: 'doctor', summary: 'show what this machine can run and isolate' },
  { name: 'login', summary: 'sign in at a server', load: async () => (await import('./login.ts')).login },
  { name: 'logout', summary: 'end the sign-in', load: async () => (await import('./logout.ts')).logout },
  {
    name: 'whoami',
    summary: 'show who is signed in, and where',
    load: async () => (await import('./whoami.ts')).whoami,
  },
  {
    name: 'run',
    summary: 'run a file or a deployed script and print its result',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'dev',
    summary: 'watch a folder of scripts, keep schemas and locks fresh and run what is saved',
    load: async () => (await import('./dev.ts')).dev,
  },
  {
    name: 'autoscale',
    summary: 'have commands of yours add and remove workers as the queue needs',
    load: async () => (await import('./autoscale.ts')).autoscale,
  },
  {
    name: 'workspace list',
    summary: 'list your workspaces',
    load: async () => (await import('./workspace/list.ts')).listWorkspaces,
  },
  {
    name: 'workspace use',
    summary: 'choose the workspace of later commands',
    load: async () => (await import('./workspace/use.ts')).useWorkspace,
  },
  {
    name: 'workspace error-handler',
    summary: 'show or choose what is told of jobs that fail',
    load: async () => (await import('./workspace/handler.ts')).handlerCommand('error'),
  },
  {
    name: 'workspace success-handler',
    summary: 'show or choose what is told of jobs that succeed',
    load: async () => (await import('./workspace/handler.ts')).handlerCommand('success'),
  },
  {
    name: 'workspace recovery-handler',
    summary: 'show or choose what is told of successes after failures',
    load: async () => (await import('./workspace/handler.ts')).handlerCommand('recovery'),
  },
  {
    name: 'script push',
    summary: 'deploy a file as a script',
    load: async () => (await import('./script/push.ts')).pushScript,
  },
  {
    name: 'script list',
    summary: 'list the scripts',
    load: async () => (await import('./script/list.ts')).listScripts,
  },
  {
    name: 'script show',
    summary: 'show a script and its arguments',
    load: async () => (await import('./script/show.ts')).showScript,
  },
  {
    name: 'script archive',
    summary: 'take a script out of the lists',
    load: async () => (await import('./script/archive.ts')).archiveScript,
  },
  {
    name: 'flow push',
    summary: 'deploy a file or folder as a flow',
    load: async () => (await import('./flow/push.ts')).pushFlow,
  },
  {
    name: 'flow run',
    summary: 'run a deployed flow and print its result',
    load: async () => (await import('./flow/run.ts')).runFlow,
  },
  {
    name: 'flow preview',
    summary: 'run a flow from a file without deploying it',
    load: async () => (await import('./flow/preview.ts')).previewFlow,
  },
  {
    name: 'flow test',
    summary: 'run a flow from a file with steps that give or fail as you say',
    load: async () => (await import('./flow/test.ts')).testFlow,
  },
  {
    name: 'flow fix',
    summary: 'change a run that failed, and run what is left of it',
    load: async () => (await import('./flow/fix.ts')).fixFlow,
  },
  {
    name: 'flow restart',
    summary: 'run a flow again from a step, an iteration or a branch of a run that has ended',
    load: async () => (await import('./flow/restart.ts')).restartFlow,
  },
  {
    name: 'flow list',
    summary: 'list the flows',
    load: async () => (await import('./flow/list.ts')).listFlows,
  },
  {
    name: 'flow show',
    summary: 'print a flow as a file',
    load: async () => (await import('./flow/show.ts')).showFlow,
  },
  {
    name: 'flow archive',
    summary: 'take a flow out of the lists',
    load: async () => (await import('./flow/archive.ts')).archiveFlow,
  },
  { name: 'job list', summary: 'list jobs, newest first', load: async () => (await import('./job/list.ts')).listJobs },
  { name: 'job show', summary: 'show a job and its result', load: async () => (await import('./job/show.ts')).showJob },
  { name: 'job logs', summary: "print a job's log", load: async () => (await import('./job/logs.ts')).printJobLogs },
  {
    name: 'job debug',
    summary: "show or prepare the command that runs a job's exact inputs here",
    load: async () => (await import('./job/debug.ts')).debugJob,
  },
  { name: 'job cancel', summary: 'ask a job to end', load: async () => (await import('./job/cancel.ts')).cancelJob },
  {
    name: 'variable list',
    summary: 'list the variables',
    load: async () => (await import('./variable/list.ts')).listVariables,
  },
  {
    name: 'variable get',
    summary: 'print the value of a variable',
    load: async () => (await import('./variable/get.ts')).getVariable,
  },
  {
    name: 'variable set',
    summary: 'make or change a variable',
    load: async () => (await import('./variable/set.ts')).setVariable,
  },
  {
    name: 'variable delete',
    summary: 'delete a variable',
    load: async () => (await import('./variable/delete.ts')).deleteVariable,
  },
  {
    name: 'volume list',
    summary: 'list the folders that scripts keep between runs',
    load: async () => (await import('./volume/list.ts')).listVolumes,
  },
  {
    name: 'volume delete',
    summary: 'remove such a folder with its files',
    load: async () => (await import('./volume/delete.ts')).deleteVolume,
  },
  {
    name: 'resource list',
    summary: 'list the resources',
    load: async () => (await import('./resource/list.ts')).listResources,
  },
  {
    name: 'resource get',
    summary: 'print the value of a resource',
    load: async () => (await import('./resource/get.ts')).getResource,
  },
  {
    name: 'resource set',
    summary: 'make or change a resource',
    load: async () => (await import('./resource/set.ts')).setResource,
  },
  {
    name: 'resource delete',
    summary: 'delete a resource',
    load: async () => (await import('./resource/delete.ts')).deleteResource,
  },
]
