import { z } from 'zod'

/** A JSON Schema of a form, with the extensions that clients share (`order`, `originalType`, `format: resource-x`, …). */
export const FormSchema = z.looseObject({
  $schema: z.string().optional(),
  type: z.literal('object').optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  order: z.array(z.string()).optional(),
})
export type FormSchema = z.infer<typeof FormSchema>
