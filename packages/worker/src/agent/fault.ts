/** Why a call for an agent came to nothing, in the words of the job's result: `error.name` and `error.message`. */
export interface AgentFault {
  readonly name: string
  readonly message: string
}

/** Hides what must not be shown in what others wrote: a server may tell back what it was sent. */
export function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => (secret.length < 4 ? shown : shown.replaceAll(secret, '***')), text)
}
