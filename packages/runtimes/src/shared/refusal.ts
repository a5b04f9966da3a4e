import type { Step } from '../runtime.ts'
import { jobEnvironment } from './job-environment.ts'

/** A step for needs that nothing can meet: it fails with this sentence. */
export function refusal(sentence: string, output: string): Step {
  return {
    key: `refusal ${sentence}`,
    files: {},
    argv: ['/bin/sh', '-c', 'printf "%s\\n" "$1" >&2; exit 1', 'sh', sentence],
    env: jobEnvironment,
    cache: false,
    network: 'none',
    output,
  }
}
