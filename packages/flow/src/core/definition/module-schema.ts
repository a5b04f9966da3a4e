import { z } from 'zod'
import { allStepKinds, findStepKind } from '../steps/registry.ts'
import type { StepKind } from '../steps/step-kind.ts'
import type { FlowModule, StepValue } from './flow-module.ts'
import { acted } from './field-rules.ts'
import { ModuleOptions } from './options.ts'

/** What a step does: one of the kinds of the registry. */
const Value = z.unknown().transform((value, ctx): StepValue => {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  const definition = typeof type === 'string' ? definitionOf(type) : undefined
  if (definition === undefined) {
    const known = allStepKinds.map((kind) => kind.id).join(', ')
    const message = `must be one of the module types ${known}, and ${said(type)} is none of them`
    ctx.addIssue({ code: 'custom', message, path: ['type'] })
    return z.NEVER
  }

  const parsed = definition.safeParse(value, { error: sentence })
  if (parsed.success) return parsed.data
  for (const { message, path } of parsed.error.issues) ctx.addIssue({ code: 'custom', message, path })
  return z.NEVER
})

/** A module: its id, its options, and what it does. */
export const Module: z.ZodType<FlowModule> = z.looseObject({
  id: acted('F50', z.string().min(1, 'is empty: a module needs an id').max(255)),
  value: acted('F50', Value),
  ...ModuleOptions,
})

const Modules = z.array(Module)

const definitions = new Map<StepKind, z.ZodType<StepValue>>()

function definitionOf(type: string): z.ZodType<StepValue> | undefined {
  const kind = findStepKind(type)
  if (kind === undefined) return undefined
  const known = definitions.get(kind)
  if (known) return known
  const definition = kind.definition(Modules)
  definitions.set(kind, definition)
  return definition
}

/** Says what is wrong with a value so that the path of it can stand before it. */
export function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined
  const expected = `it must be ${NAMES[issue.expected] ?? issue.expected}`
  return issue.input === undefined ? `is missing: ${expected}` : `is ${said(issue.input)}: ${expected}`
}

const NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'an object',
  record: 'an object',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

function said(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
