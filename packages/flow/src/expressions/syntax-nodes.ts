import type { AnyNode, Node } from 'acorn'

/**
 * Every node of a tree with the one above it, in no order that one may rely on; what is below one that is not entered is left
 * out. Deep trees do not deepen the stack.
 */
export function* syntaxNodes(
  root: Node,
  enter: (node: AnyNode) => boolean = () => true,
): Generator<{ readonly node: AnyNode; readonly parent: AnyNode | undefined }> {
  const open: { node: Node; parent: AnyNode | undefined }[] = [{ node: root, parent: undefined }]
  for (let next = open.pop(); next; next = open.pop()) {
    // acorn makes no other nodes than these.
    const node = next.node as AnyNode
    yield { node, parent: next.parent }
    if (!enter(node)) continue
    for (const child of Object.values(node).flat()) if (isNode(child)) open.push({ node: child, parent: node })
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}
