import { z } from 'zod'
import { acted, kept, refused } from '../../definition/field-rules.ts'
import type { FlowModule } from '../../definition/flow-module.ts'
import { absent, Inputs, Tag } from '../../definition/options.ts'
import type { ModuleList } from '../step-kind.ts'

/** A tool of an agent under the name that its model calls it by: a step, or all that a server offers. */
export interface AgentTool {
  readonly id: string
  /** Its place in the list as it is written. */
  readonly position: number
  readonly name: string
  readonly description: string | undefined
  readonly module?: FlowModule
  readonly server?: ToolServer
}

/** A server that speaks the Model Context Protocol, by the resource that says where it is. */
export interface ToolServer {
  readonly resource: string
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

const NAME = /^[a-zA-Z0-9_]{1,64}$/

const Names = absent(z.array(z.string()))

/** A tool as it is written; what a step of it does is read as a module's. */
const Written = z.looseObject({
  id: acted('F91', z.string().min(1, 'is empty: a tool needs an id').max(255)),
  summary: acted('F91', absent(z.string())),
  description: acted('F91', absent(z.string())),
  value: acted(
    'F91',
    z.looseObject({
      tool_type: acted('F91', absent(z.string())),
      resource_path: acted('F95', absent(z.string())),
      include_tools: acted('F95', Names),
      exclude_tools: acted('F95', Names),
    }),
  ),
})
type Written = z.infer<typeof Written>

/** What an agent is in a flow. */
export const definition = (modules: ModuleList) =>
  z.looseObject({
    type: acted('F90', z.literal('aiagent')),
    input_transforms: acted('F23 F90', Inputs),
    tools: acted('F91', toolList(modules)),
    tag: acted('F48', Tag),
    parallel: acted('F92', absent(z.boolean())),
    agent: refused(
      'is an agent that is kept as a resource, which is not looked up here: write the agent into the flow',
    ),
    tool_inputs: refused('is for an agent that is kept as a resource: write the inputs into its tools'),
    omit_output_from_conversation: kept(
      'whether a chat shows its answer: a conversation has the results of flows',
      absent(z.boolean()),
    ),
  })
export type Agent = z.infer<ReturnType<typeof definition>>

function toolList(modules: ModuleList) {
  return z
    .array(Written)
    .nullish()
    .transform((written, ctx): readonly AgentTool[] => {
      const refuse = (message: string, ...path: (string | number)[]) => ctx.addIssue({ code: 'custom', message, path })
      const tools: AgentTool[] = []
      for (const [position, tool] of (written ?? []).entries()) {
        const name = tool.summary ?? tool.id
        const isServer = tool.value.tool_type === 'mcp'
        if (!isServer && !NAME.test(name))
          refuse(
            `is ${JSON.stringify(name)}: a tool is called by it, so it has letters, digits and _ only`,
            position,
            'summary',
          )
        if (!isServer && tools.some((other) => other.module && other.name === name))
          refuse(`is ${name}, as another tool of the agent is called: give it its own`, position, 'summary')
        const does = isServer ? serverOf(tool) : moduleOf(modules, tool)
        if (Array.isArray(does)) for (const { message, path } of does) refuse(message, position, ...path)
        else tools.push({ id: tool.id, position, name, description: tool.description, ...does })
      }
      return tools
    })
}

interface Fault {
  readonly message: string
  readonly path: readonly (string | number)[]
}

function serverOf({ value }: Written): { readonly server: ToolServer } | Fault[] {
  const { resource_path: path = '', include_tools: include = [], exclude_tools: exclude = [] } = value
  if (path === '')
    return [{ message: 'is missing: it must be the path of a resource', path: ['value', 'resource_path'] }]
  return { server: { resource: path.startsWith('$res:') ? path : `$res:${path}`, include, exclude } }
}

function moduleOf(modules: ModuleList, { summary: _name, description: _text, ...tool }: Written) {
  const type = tool.value.tool_type ?? 'flowmodule'
  if (type !== 'flowmodule')
    return [
      {
        message: `is ${type}, which is not run here: give the agent a script that does it`,
        path: ['value', 'tool_type'],
      },
    ]
  const parsed = modules.safeParse([tool])
  const module = parsed.data?.[0]
  if (module) return { module }
  // The place in the list of one is left out.
  return (parsed.error?.issues ?? []).map(({ message, path }): Fault => ({
    message,
    path: path.slice(1).map((key) => (typeof key === 'number' ? key : String(key))),
  }))
}
