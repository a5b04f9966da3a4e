import type { SandboxProcess } from '@millrace/sandbox'
import { FrameReader, type Frame, type FrameKinds } from './frames.ts'
import { faultOf, type RunError } from './outcome.ts'

/** Bytes of a result at the most. */
export const RESULT_BYTES_MAX = 64 * 1024 * 1024

/** Listens to a box's control channel; what is no frame kills the box and is kept as the fault. */
export class Conversation {
  readonly box: SandboxProcess
  /** Resolves when nothing more can come; a box may be gone before all that it sent is read. */
  readonly closed: Promise<void>
  fault: RunError | undefined
  #onFrame: (frame: Frame) => void = () => undefined

  constructor(box: SandboxProcess, kinds?: FrameKinds) {
    this.box = box
    const reader = new FrameReader(RESULT_BYTES_MAX, kinds)
    this.closed = new Promise((resolve) => {
      for (const event of ['end', 'close', 'error']) box.control.once(event, () => resolve())
    })
    box.control.on('data', (chunk: Buffer) => {
      if (this.fault) return
      try {
        for (const frame of reader.push(chunk)) this.#onFrame(frame)
      } catch (error) {
        this.fault = faultOf(error)
        box.kill('SIGKILL')
      }
    })
  }

  /** Who hears frames from now on. */
  listen(onFrame: (frame: Frame) => void): void {
    this.#onFrame = onFrame
  }

  /** Writes; a box that is gone is noticed by its exit. */
  say(bytes: Uint8Array | string): void {
    if (!this.box.control.destroyed) this.box.control.write(bytes)
  }
}
