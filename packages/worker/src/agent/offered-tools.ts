import { err, ok, type Result } from '@millrace/base/result'
import type { Database } from '@millrace/db'
import { findServingFlow } from '@millrace/db/tables/flow'
import { findScriptByHash, findServingScript } from '@millrace/db/tables/script'
import { findRuntime, loadGrammarOf, toSchema } from '@millrace/runtimes'
import { z } from 'zod'
import type { AgentFault } from './fault.ts'
import type { Sending } from './fetch-reply.ts'
import type { Resolve } from './inputs.ts'
import type { ToldTool } from './protocols/model-protocol.ts'
import { openServer } from './servers/open-server.ts'
import { toldSchema } from './told-schema.ts'

const Runnable = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('code'), language: z.string(), content: z.string() }),
  z.object({ kind: z.literal('script'), path: z.string(), hash: z.string().optional() }),
  z.object({ kind: z.literal('flow'), path: z.string() }),
])
type Runnable = z.infer<typeof Runnable>

const Server = z.object({ resource: z.string(), include: z.array(z.string()), exclude: z.array(z.string()) })

/** The tools of an agent as its flow tells of them. */
export const WrittenTools = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    description: z.string().optional(),
    runnable: Runnable.optional(),
    /** Inputs that the flow gives. */
    fixed: z.array(z.string()).default([]),
    server: Server.optional(),
  }),
)
export type WrittenTools = z.infer<typeof WrittenTools>

/** A tool that a model may call. */
export interface OfferedTool {
  /** Id of the tool in the flow; all tools of a server have one. */
  readonly id: string
  /** What its server calls it. */
  readonly serverTool?: string
  readonly told: ToldTool
}

/** What looking at tools takes. */
export interface OfferTools {
  readonly db: Database
  readonly workspace: string
  readonly resolve: Resolve
  readonly sending: Omit<Sending, 'isRepeatable'>
  /** Names of those that are wanted; undefined is all. */
  readonly enabled: readonly string[] | undefined
}

/** What a model is offered: each tool with the inputs that are its to fill in. */
export async function offerTools(
  written: WrittenTools,
  offer: OfferTools,
): Promise<Result<readonly OfferedTool[], AgentFault>> {
  const offered: OfferedTool[] = []
  for (const tool of written) {
    const found = tool.server ? await serverTools(tool, tool.server, offer) : await ownTool(tool, offer)
    if (!found.ok) return found
    offered.push(...found.value)
  }
  const { enabled } = offer
  const wanted = enabled ? offered.filter(({ told }) => enabled.includes(told.name)) : offered
  const twice = wanted.find(({ told }, at) => wanted.findIndex((other) => other.told.name === told.name) < at)
  if (!twice) return ok(wanted)
  const message = `two tools are called ${twice.told.name}: give one of them another name, or leave it out with exclude_tools`
  return err({ name: 'BadAgentInput', message })
}

async function ownTool(
  { id, name, description, runnable, fixed }: WrittenTools[number],
  { db, workspace }: OfferTools,
): Promise<Result<readonly OfferedTool[], AgentFault>> {
  const found = runnable && (await describe(db, workspace, runnable))
  if (!found)
    return err({ name: 'NotFound', message: `the tool ${name} runs ${placeOf(runnable)}, which is not there` })
  const parameters = toldSchema(found.schema, fixed)
  return ok([{ id, told: { name, description: description || found.summary || undefined, parameters } }])
}

async function serverTools(
  { id }: WrittenTools[number],
  { resource, include, exclude }: z.infer<typeof Server>,
  { resolve, sending }: OfferTools,
): Promise<Result<readonly OfferedTool[], AgentFault>> {
  const server = await openServer(resource, resolve, sending)
  if (!server.ok) return server
  const listed = await server.value.listTools()
  if (!listed.ok) return listed
  const wanted = listed.value.filter(
    ({ name }) => (include.length === 0 || include.includes(name)) && !exclude.includes(name),
  )
  return ok(
    wanted.map(({ name, description, inputSchema }) => ({
      id,
      serverTool: name,
      // Names that servers may choose and models do not take.
      told: {
        name: name.replaceAll(/[^a-zA-Z0-9_-]/g, '_'),
        description: description ?? undefined,
        parameters: inputSchema,
      },
    })),
  )
}

interface Described {
  readonly schema: unknown
  readonly summary?: string | undefined
}

async function describe(db: Database, workspace: string, runnable: Runnable): Promise<Described | undefined> {
  switch (runnable.kind) {
    case 'code':
      return { schema: await schemaOf(runnable) }
    case 'script': {
      const { path, hash } = runnable
      const { kysely } = db
      return await (hash === undefined
        ? findServingScript(kysely, workspace, path)
        : findScriptByHash(kysely, workspace, hash))
    }
    case 'flow':
      return await findServingFlow(db.kysely, { workspace, path: runnable.path })
  }
}

/** What cannot be read takes what it is given. */
async function schemaOf({ language, content }: Extract<Runnable, { kind: 'code' }>): Promise<unknown> {
  const runtime = findRuntime(language)
  if (!runtime) return undefined
  await loadGrammarOf(runtime)
  const signature = runtime.parseSignature(content)
  return signature.ok ? toSchema(signature.value) : undefined
}

function placeOf(runnable: Runnable | undefined): string {
  return runnable === undefined || runnable.kind === 'code' ? 'nothing' : `the ${runnable.kind} ${runnable.path}`
}
