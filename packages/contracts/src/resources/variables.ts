import { z } from 'zod'
import { resource } from '../route.ts'
import { Flag, Instant, ItemPath, Page, Text } from '../shapes.ts'

const Labels = z.array(Text.max(100)).max(100)
const VariableValue = Text.max(1_000_000)

export const NewVariable = z.strictObject({
  path: ItemPath,
  value: VariableValue,
  is_secret: z.boolean(),
  description: Text.max(10_000).nullish(),
  account: z.number().int().min(0).max(2_147_483_647).nullish(),
  is_oauth: z.boolean().nullish(),
  expires_at: Instant.nullish(),
  labels: Labels.nullish(),
  ws_specific: z.boolean().nullish(),
})
export type NewVariable = z.infer<typeof NewVariable>

export const VariableChange = z.strictObject({
  path: ItemPath.nullish(),
  value: VariableValue.nullish(),
  is_secret: z.boolean().nullish(),
  description: Text.max(10_000).nullish(),
  account: z.number().int().min(0).max(2_147_483_647).nullish(),
  is_oauth: z.boolean().nullish(),
  labels: Labels.nullish(),
  ws_specific: z.boolean().nullish(),
})
export type VariableChange = z.infer<typeof VariableChange>

/** The value of a secret is there only where it was asked for. */
export const Variable = z.object({
  workspace_id: z.string(),
  path: z.string(),
  value: z.string().optional(),
  is_secret: z.boolean(),
  description: z.string(),
  account: z.number().optional(),
  is_oauth: z.boolean(),
  is_expired: z.boolean(),
  expires_at: z.string().optional(),
  labels: z.array(z.string()).optional(),
  extra_perms: z.record(z.string(), z.boolean()),
  edited_at: z.string(),
  edited_by: z.string(),
})
export type Variable = z.infer<typeof Variable>

/** A variable of the environment of every job, as it would be for the caller. */
export const ContextualVariable = z.object({
  name: z.string(),
  value: z.string(),
  description: z.string(),
  is_custom: z.boolean(),
})
export type ContextualVariable = z.infer<typeof ContextualVariable>

const byPath = z.object({ path: Text })

export const variables = resource({
  createVariable: {
    method: 'POST',
    path: '/w/:workspace/variables/create',
    summary: 'Make a variable; `already_encrypted`: the value is what `include_encrypted` gave.',
    auth: 'user',
    query: z.object({ already_encrypted: Flag.optional() }),
    body: { kind: 'json', schema: NewVariable },
    reply: { kind: 'text', status: 201, description: 'A confirmation.' },
    problems: ['variable.path_taken', 'variable.not_decryptable'],
  },
  updateVariable: {
    method: 'POST',
    path: '/w/:workspace/variables/update/*path',
    summary: 'Change what is sent of a variable, its path included.',
    auth: 'user',
    params: byPath,
    query: z.object({ already_encrypted: Flag.optional() }),
    body: { kind: 'json', schema: VariableChange },
    reply: { kind: 'text', status: 200, description: 'The path.' },
    problems: [
      'variable.not_found',
      'variable.path_taken',
      'variable.not_decryptable',
      'variable.unreadable',
      'variable.value_required',
    ],
  },
  deleteVariable: {
    method: 'DELETE',
    path: '/w/:workspace/variables/delete/*path',
    summary: 'Delete a variable.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['variable.not_found'],
  },
  deleteVariablesBulk: {
    method: 'DELETE',
    path: '/w/:workspace/variables/delete_bulk',
    summary: 'Delete several variables; those that are not there are passed over.',
    auth: 'user',
    body: { kind: 'json', schema: z.strictObject({ paths: z.array(Text).max(1000) }) },
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  getVariable: {
    method: 'GET',
    path: '/w/:workspace/variables/get/*path',
    summary:
      'A variable; a secret is decrypted unless `decrypt_secret=false`, and then with `include_encrypted` encrypted.',
    auth: 'user',
    params: byPath,
    query: z.object({
      decrypt_secret: Flag.optional(),
      include_encrypted: Flag.optional(),
      get_draft: Flag.optional(),
    }),
    reply: { kind: 'json', status: 200, schema: Variable },
    problems: ['variable.not_found', 'variable.unreadable'],
  },
  getVariableValue: {
    method: 'GET',
    path: '/w/:workspace/variables/get_value/*path',
    summary: 'The value alone, decrypted.',
    auth: 'user',
    params: byPath,
    query: z.object({ allow_cache: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: z.string() },
    problems: ['variable.not_found', 'variable.unreadable'],
  },
  existsVariable: {
    method: 'GET',
    path: '/w/:workspace/variables/exists/*path',
    summary: 'Whether a variable has this path.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: z.boolean() },
  },
  listVariable: {
    method: 'GET',
    path: '/w/:workspace/variables/list',
    summary: 'Variables that the caller may see, by path; secrets without their values.',
    auth: 'user',
    query: Page.extend({
      path: Text.optional(),
      path_start: Text.optional(),
      description: Text.optional(),
      value: Text.optional(),
      broad_filter: Text.optional(),
      label: Text.optional(),
      include_draft_only: Flag.optional(),
    }),
    reply: { kind: 'json', status: 200, schema: z.array(Variable) },
  },
  listContextualVariables: {
    method: 'GET',
    path: '/w/:workspace/variables/list_contextual',
    summary: 'What every job finds in its environment.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(ContextualVariable) },
  },
  encryptValue: {
    method: 'POST',
    path: '/w/:workspace/variables/encrypt',
    summary: 'Encrypt a text (as JSON) with the key of the workspace, to be sent with `already_encrypted`.',
    auth: 'user',
    body: { kind: 'json', schema: VariableValue },
    reply: { kind: 'text', status: 200, description: 'The encrypted text, base64.' },
  },
})
