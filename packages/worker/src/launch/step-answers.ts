import type { Frame } from './frames.ts'
import type { RunRequest } from './launch-context.ts'

const NOT_KEPT = '{"isKept":false}'

/** Answers a process that tells of steps that are over, by `say`, one at a time; the answer of the function: whether the frame was one. */
export function answerSteps({ onStep }: RunRequest, say: (bytes: Buffer) => void): (frame: Frame) => boolean {
  let isAsked = false

  const answer = (text: string) => {
    const body = Buffer.from(text)
    say(Buffer.concat([Buffer.from(`${body.length}\n`), body]))
  }
  const keep = async (json: string): Promise<string> => {
    try {
      return (await onStep?.(json)) ?? NOT_KEPT
    } catch {
      // Whoever gets no step kept ends its round with it, and is told why then.
      return NOT_KEPT
    }
  }
  return ({ kind, payload }) => {
    if (kind !== 'step') return false
    // A wrapper waits for its answer: who does not is no wrapper.
    if (isAsked) answer(NOT_KEPT)
    else {
      isAsked = true
      void keep(payload.toString('utf8')).then((text) => {
        isAsked = false
        answer(text)
      })
    }
    return true
  }
}
