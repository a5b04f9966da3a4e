import { z } from 'zod'
import { resource } from '../route.ts'
import { Text } from '../shapes.ts'

export const NewEncryptionKey = z.strictObject({
  new_key: Text.min(32, 'must be at least 32 characters, such as 64 random hex digits').max(1000),
  skip_reencrypt: z.boolean().nullish(),
})

export const encryptionKey = resource({
  getWorkspaceEncryptionKey: {
    method: 'GET',
    path: '/w/:workspace/workspaces/encryption_key',
    summary: 'The key that secrets of the workspace are encrypted with; for its administrators.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.object({ key: z.string() }) },
  },
  setWorkspaceEncryptionKey: {
    method: 'POST',
    path: '/w/:workspace/workspaces/encryption_key',
    summary:
      'Take another key and encrypt all secrets anew; with `skip_reencrypt` they cannot be read until they are written again.',
    auth: 'user',
    body: { kind: 'json', schema: NewEncryptionKey },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
  },
})
