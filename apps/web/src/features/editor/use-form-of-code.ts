import type { FormSchema, SignatureReply } from '@millrace/contracts'
import { useEffect, useState } from 'react'
import { useSignature } from '../../data/scripts.ts'

const TYPING_PAUSE_MS = 100

interface FormOfCode {
  /** Absent until the code has been read for the first time. */
  readonly schema: FormSchema | undefined
  readonly signature: SignatureReply | undefined
}

/**
 * The form that the code asks for, a pause after it was typed; while it cannot be parsed, the last good one. What was edited
 * by hand in the schema of the script stays, as it will when it is deployed.
 */
export function useFormOfCode(language: string, content: string, previous: FormSchema | undefined): FormOfCode {
  const settled = useDelayed(content, TYPING_PAUSE_MS)
  const { data: signature } = useSignature({ language, content: settled, previous })
  const [schema, setSchema] = useState<FormSchema | undefined>()
  if (signature && !signature.error && signature.schema !== schema) setSchema(signature.schema)
  return { schema, signature }
}

function useDelayed(value: string, delayMs: number): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs)
    return () => clearTimeout(timer)
  }, [value, delayMs])
  return settled
}
