import '@xyflow/react/dist/base.css'
import { Background, Controls, ReactFlow, type Edge, type ReactFlowInstance } from '@xyflow/react'
import { useEffect, useMemo, useRef } from 'react'
import type { FlowTree } from './core/flow-tree.ts'
import { layoutFlow } from './core/layout.ts'
import { edgeTypes } from './graph-edges.tsx'
import { GraphContext, nodeTypes, type DrawnNode, type GraphView } from './graph-nodes.tsx'

interface FlowGraphProps extends Partial<GraphView> {
  readonly tree: FlowTree
  readonly label: string
}

const FIT = { padding: 0.08, maxZoom: 1, minZoom: 0.3 } as const
const NONE: ReadonlySet<string> = new Set()

/** A flow as a drawing that fills what is around it, and can be moved and zoomed; its cards are buttons in the order of the flow. */
export function FlowGraph({ tree, label, states, selected, faulty = NONE, onSelect }: FlowGraphProps) {
  const host = useRef<HTMLDivElement>(null)
  const instance = useRef<ReactFlowInstance<DrawnNode> | undefined>(undefined)
  const { nodes, edges, shape } = useMemo(() => draw(tree), [tree])
  const view = useMemo(() => ({ states, selected, faulty, onSelect }), [states, selected, faulty, onSelect])

  useEffect(() => {
    const fit = () => void instance.current?.fitView(FIT)
    const observer = new ResizeObserver(fit)
    if (host.current) observer.observe(host.current)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const frame = requestAnimationFrame(() => void instance.current?.fitView(FIT))
    return () => cancelAnimationFrame(frame)
  }, [shape])

  return (
    <section ref={host} aria-label={label} className="flow-graph absolute inset-0 bg-page">
      <GraphContext value={view}>
        <ReactFlow<DrawnNode>
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onInit={(made) => {
            instance.current = made
          }}
          fitView
          fitViewOptions={FIT}
          minZoom={0.1}
          maxZoom={1.5}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnDoubleClick={false}
          deleteKeyCode={null}
          proOptions={{ hideAttribution: true }}
        >
          <Background gap={20} size={1} />
          <Controls showInteractive={false} position="bottom-right" fitViewOptions={FIT} />
        </ReactFlow>
      </GraphContext>
    </section>
  )
}

function draw(tree: FlowTree): { readonly nodes: DrawnNode[]; readonly edges: Edge[]; readonly shape: string } {
  const layout = layoutFlow(tree)
  const nodes = layout.nodes.map((node): DrawnNode => ({
    id: node.key,
    type: 'part',
    position: { x: node.x, y: node.y },
    width: node.width,
    height: node.height,
    zIndex: node.kind === 'box' ? 0 : 2,
    data: { node },
    style: { pointerEvents: node.kind === 'box' ? 'none' : 'all' },
  }))
  const edges = layout.edges.map(({ key, from, to }): Edge => ({
    id: key,
    source: from,
    target: to,
    type: 'line',
    zIndex: 1,
  }))
  return { nodes, edges, shape: `${layout.width} ${layout.height} ${layout.nodes.length}` }
}
