import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { crossings, type Layer, layers, type Room, rooms } from '../../layers.ts'
import type { Check, Fault } from './fault.ts'
import { isTestFile, projectFiles, readProjectFile } from './project-files.ts'
import { sourceTexts } from './syntax.ts'

const SCOPE = '@millrace/'

interface Import {
  readonly file: string
  readonly line: number
  /** As written. */
  readonly specifier: string
  /** A path from the root for ours, in the form `packages/queue/…`; undefined for packages of others. */
  readonly target: string | undefined
}

/** Holds every import, re-export and dynamic import of the workspaces against the tables of `layers.ts`. */
export const layersCheck: Check = {
  name: 'layers',
  find(root) {
    const files = projectFiles(root, ['.ts', '.tsx', '.mts', '.mjs', '.js']).filter((file) => layerOf(file))
    if (files.length === 0) throw new Error('the check of layers sees no file of any workspace')
    return files.flatMap((file) => importsOf(root, file).flatMap(faultsOf))
  },
}

function importsOf(root: string, file: string): readonly Import[] {
  const texts = sourceTexts(file, readProjectFile(root, file))
  return texts
    .filter((text) => text.role === 'import')
    .map(({ value, line }) => ({ file, line, specifier: value, target: targetOf(file, value) }))
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file), specifier))
  if (!specifier.startsWith(SCOPE)) return undefined
  const [name = '', ...entry] = specifier.slice(SCOPE.length).split('/')
  const layer = layers.find((each) => nameOf(each) === name)
  return [layer?.folder ?? `packages/${name}`, ...entry].join('/')
}

function faultsOf(found: Import): readonly Fault[] {
  return [workspaceFault(found), nodeFault(found), ...rooms.map((room) => roomFault(room, found))].filter(
    (fault) => fault !== undefined,
  )
}

function workspaceFault(found: Import): Fault | undefined {
  const { file, specifier, target } = found
  const layer = layerOf(file)
  if (!layer || target === undefined || isWithin(target, layer.folder)) return undefined
  if (specifier.startsWith('.')) {
    const allowed = crossings.some((crossing) => isWithin(file, crossing.from) && target === crossing.to)
    return allowed ? undefined : fault(found, `leaves its workspace by path. ${layer.sentence}`)
  }

  const name = specifier.slice(SCOPE.length)
  const may = isTestFile(file) ? [...layer.mayImport, ...layer.testsMayImport] : layer.mayImport
  if (may.some((allowed) => name === allowed || name.startsWith(`${allowed}/`))) return undefined
  return fault(found, `is not in the row of ${layer.folder} in layers.ts. ${layer.sentence}`)
}

function nodeFault(found: Import): Fault | undefined {
  const layer = layerOf(found.file)
  if (!layer?.anywhere || isTestFile(found.file) || isConfig(found.file)) return undefined
  return isBuiltin(found.specifier) ? fault(found, `is a Node module. ${layer.sentence}`) : undefined
}

function roomFault(room: Room, found: Import): Fault | undefined {
  if (found.target === undefined || !isWithin(found.file, room.folder)) return undefined
  if (room.kind === 'only') {
    const target = found.target
    return room.mayImport.some((allowed) => isWithin(target, allowed)) ? undefined : fault(found, room.sentence)
  }

  const from = neighbour(room, found.file)
  const to = neighbour(room, found.target)
  if (from === undefined || to === undefined || from === to) return undefined
  return room.shared.includes(from) || room.shared.includes(to) ? undefined : fault(found, room.sentence)
}

function neighbour(room: Room & { kind: 'neighbours' }, path: string): string | undefined {
  if (!isWithin(path, room.folder)) return undefined
  const [first = '', ...rest] = path.slice(room.folder.length + 1).split('/')
  if (room.each === 'folder') return rest.length === 0 ? undefined : first
  return first.split('.')[0]
}

function fault(found: Import, why: string): Fault {
  return { file: found.file, line: found.line, message: `'${found.specifier}' ${why}` }
}

function layerOf(file: string): Layer | undefined {
  return layers.find((layer) => isWithin(file, layer.folder))
}

function nameOf(layer: Layer): string {
  return layer.folder.split('/').at(-1) ?? ''
}

function isConfig(file: string): boolean {
  return file.endsWith('.config.ts')
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
