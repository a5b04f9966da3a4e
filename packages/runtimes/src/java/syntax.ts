import type { Node } from '../grammar.ts'

/** Named children, without comments, which this grammar calls otherwise than others do. */
export function javaPartsOf(node: Node): Node[] {
  return node.namedChildren.filter(
    (child): child is Node => child !== null && child.type !== 'line_comment' && child.type !== 'block_comment',
  )
}
