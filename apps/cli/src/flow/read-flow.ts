import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { FlowValue, FormSchema } from '@millrace/contracts'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { UsageError } from '../exit.ts'

/** A flow as a file has it; other keys are settings, and sent as they are. */
const FlowFile = z.looseObject({
  summary: z.string().nullish(),
  description: z.string().nullish(),
  value: FlowValue,
  schema: FormSchema.nullish(),
})
export type FlowFile = z.infer<typeof FlowFile>

const NAMES = ['flow.yaml', 'flow.yml', 'flow.json'] as const
const FOLDER = /(?:\.flow|__flow)$/
const INLINE = /^!inline\s+(.+)$/

/** Reads a file, or the `flow.yaml` of a folder; `!inline <file>` stands for the text of another file of the folder. */
export async function readFlow(path: string): Promise<FlowFile> {
  const file = await findFile(path)
  const document = parseDocument(await readFile(file, 'utf8'), {
    customTags: [{ tag: '!inline', resolve: (text: string) => `!inline ${text}` }],
  })
  const [error] = document.errors
  if (error) throw new UsageError(`${file} cannot be read: ${error.message}`)
  const content: unknown = await putInline(document.toJS({ maxAliasCount: 1000 }), dirname(file))
  const parsed = FlowFile.safeParse(content)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UsageError(`${file} is no flow: ${issue?.path.join('.') || 'it'} ${issue?.message ?? 'is wrong'}.`)
}

/** `…/f/tools/report.flow/flow.yaml` lies where a checkout of a workspace keeps `f/tools/report`. */
export function flowPathOf(path: string): string | undefined {
  const whole = resolve(path)
  const isOfFolder = NAMES.some((name) => name === basename(whole))
  const stem = isOfFolder ? dirname(whole) : whole.replace(/\.(?:flow\.)?(?:ya?ml|json)$/, '')
  const parts = stem.replace(FOLDER, '').split(/[/\\]/)
  const start = parts.findLastIndex((part, at) => (part === 'u' || part === 'f') && at < parts.length - 2)
  return start < 0 ? undefined : parts.slice(start).join('/')
}

async function findFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return path
  if (!found?.isDirectory()) throw new UsageError(`There is no file or folder ${path}.`)
  for (const name of NAMES) if ((await stat(join(path, name)).catch(() => undefined))?.isFile()) return join(path, name)
  throw new UsageError(`The folder ${path} has no ${NAMES[0]}.`)
}

async function putInline(node: unknown, folder: string): Promise<unknown> {
  if (typeof node === 'string') {
    const name = INLINE.exec(node)?.[1]?.trim()
    return name === undefined ? node : await readInline(folder, name)
  }
  if (Array.isArray(node)) return await Promise.all(node.map((each) => putInline(each, folder)))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(async ([key, value]) => [key, await putInline(value, folder)])
  return Object.fromEntries(await Promise.all(entries))
}

async function readInline(folder: string, name: string): Promise<string> {
  const file = resolve(folder, name)
  if (relative(folder, file).startsWith('..'))
    throw new UsageError(`!inline ${name} leads out of the folder of the flow.`)
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new UsageError(`!inline ${name}: there is no such file in ${folder}.`)
  }
}
