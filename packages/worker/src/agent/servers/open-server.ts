import { err, ok, type Result } from '@millrace/base/result'
import type { AgentFault } from '../fault.ts'
import type { Sending } from '../fetch-reply.ts'
import type { Resolve } from '../inputs.ts'
import { ServerResource, ToolServer } from './tool-server.ts'

/** A server of tools by the reference to its resource. */
export async function openServer(
  reference: string,
  resolve: Resolve,
  sending: Omit<Sending, 'isRepeatable'>,
): Promise<Result<ToolServer, AgentFault>> {
  const found = await resolve({ server: reference })
  if (!found.ok) return err({ name: 'UnresolvedArgument', message: found.error })
  const read = ServerResource.safeParse(found.value['server'])
  if (read.success) return ok(new ToolServer(read.data, sending))
  const [issue] = read.error.issues
  const message = `the resource ${reference.replace('$res:', '')} is no server of tools: ${issue?.path.join('.')} ${issue?.message}`
  return err({ name: 'BadAgentInput', message: message.trim() })
}
