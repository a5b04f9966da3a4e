import { z } from 'zod'
import { allStepKinds } from '../steps/registry.ts'
import { FlowValue } from './flow-value.ts'
import { Module } from './module-schema.ts'
import { ModuleOptions } from './options.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

const MODULE = { $ref: '#/$defs/module' } as const
/** Stands for a module inside of a kind, whose list of modules is given from outside. */
const inner = z.unknown()

/** A flow with its envelope as a JSON Schema, for completion and hints: every kind of step with its own fields. */
export function openFlowSchema(): JsonSchema {
  const module = toSchema(z.looseObject({ id: z.string().min(1), value: z.unknown(), ...ModuleOptions }))
  const kinds = allStepKinds.map((kind) => ({
    ...toSchema(kind.definition(z.array(inner) as never)),
    title: kind.info.label,
    description: kind.info.description,
  }))
  return {
    type: 'object',
    required: ['summary', 'value'],
    properties: {
      summary: { type: 'string', description: 'What it does, in a few words.' },
      description: { type: 'string', description: 'What whoever runs it should know.' },
      value: { ...toSchema(FlowValue), description: 'The steps, and how they run.' },
      schema: { type: 'object', description: 'The form of its inputs, as a JSON Schema.' },
    },
    $defs: { module: { ...module, properties: { ...Object(module['properties']), value: { oneOf: kinds } } } },
  }
}

function toSchema(type: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === inner || zodSchema === (Module as unknown)) Object.assign(clear(jsonSchema), MODULE)
    },
  })
  return schema
}

function clear(schema: object): object {
  for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key)
  return schema
}
