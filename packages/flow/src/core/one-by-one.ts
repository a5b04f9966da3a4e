import type { FrameState } from './protocol.ts'

/** Whether one child of the frame is under way at the most, so that its end is all that can happen to its module. */
export function goesOneByOne({ current }: FrameState): boolean {
  const cursor = current?.cursor
  if (typeof cursor !== 'object' || cursor === null || !('width' in cursor)) return true
  return cursor['width'] === 1
}
