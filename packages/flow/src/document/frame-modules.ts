import type { FramePointer } from '../core/protocol.ts'
import { walkModules } from './walk-modules.ts'

/** The modules of a frame as they are written in its document; none where there is no such place. */
export function frameModules(document: unknown, pointer: FramePointer): readonly unknown[] {
  if (pointer.kind === 'root') return listAt(document, 'modules')
  for (const { id, value } of walkModules(document)) {
    if (id !== pointer.module) continue
    if (pointer.kind === 'body') return listAt(value, 'modules')
    if (pointer.branch === 'default') return listAt(value, 'default')
    return listAt(listAt(value, 'branches')[pointer.branch], 'modules')
  }
  return []
}

function listAt(node: unknown, key: string): readonly unknown[] {
  if (typeof node !== 'object' || node === null) return []
  const list: unknown = Reflect.get(node, key)
  return Array.isArray(list) ? list : []
}
