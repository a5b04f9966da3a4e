import type { FlowStep, FlowTree, StepBody } from './flow-tree.ts'

export const CARD_WIDTH = 224
export const CARD_HEIGHT = 52
const PILL_WIDTH = 88
const PILL_HEIGHT = 24
const LABEL_HEIGHT = 22
const JOIN = 6
const GAP_Y = 28
const GAP_X = 24
const PADDING = 14

export interface Placed {
  readonly key: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Something on the drawing; a box lies behind what is in it. */
export type GraphNode = Placed &
  (
    | { readonly kind: 'step'; readonly step: FlowStep }
    | { readonly kind: 'box'; readonly step: FlowStep }
    /** A branch's name, above its steps. */
    | { readonly kind: 'label'; readonly text: string; readonly step: FlowStep; readonly branch: StepBody['branch'] }
    /** A branch or loop without steps, and a flow without any. */
    | { readonly kind: 'empty'; readonly text: string }
    | { readonly kind: 'end'; readonly text: string }
    /** Where branches come together again. */
    | { readonly kind: 'join' }
  )

export interface GraphEdge {
  readonly key: string
  readonly from: string
  readonly to: string
}

export interface Layout {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  readonly width: number
  readonly height: number
}

/** A part that is laid out, at its own origin; lines enter and leave it in the middle. */
interface Block {
  readonly width: number
  readonly height: number
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  readonly first: string
  readonly last: string
}

/** Places a flow from top to bottom: one step below the other, branches side by side, loops as boxes around their body. */
export function layoutFlow({ steps, preprocessor, failure }: FlowTree): Layout {
  const blocks = [
    ...(preprocessor ? [card(preprocessor)] : []),
    pill('start', 'Inputs'),
    ...(steps.length === 0 ? [emptyBlock('no steps', 'No steps yet')] : steps.map(layoutStep)),
    pill('end', 'Result'),
  ]
  const main = stack(blocks, GAP_Y)
  if (!failure) return main
  return beside(main, failure)
}

function beside(main: Block, failure: FlowStep): Layout {
  const x = main.width / 2 + PILL_WIDTH / 2 + GAP_X * 2
  const y = main.height - (PILL_HEIGHT + CARD_HEIGHT) / 2
  const block = move(card(failure), x, y)
  const text: GraphNode = {
    kind: 'label',
    key: 'label failure',
    text: 'When a step fails',
    step: failure,
    branch: undefined,
    x,
    y: y - LABEL_HEIGHT,
    width: CARD_WIDTH,
    height: LABEL_HEIGHT,
  }
  return {
    nodes: [...main.nodes, text, ...block.nodes],
    edges: main.edges,
    width: Math.max(main.width, x + CARD_WIDTH),
    height: y + CARD_HEIGHT,
  }
}

function layoutStep(step: FlowStep): Block {
  switch (step.kind.shape) {
    case 'plain':
      return card(step)
    case 'loop':
      return loop(step)
    case 'branches':
      return branches(step)
  }
}

function card(step: FlowStep): Block {
  return single({ kind: 'step', key: step.key, step, x: 0, y: 0, width: CARD_WIDTH, height: CARD_HEIGHT })
}

function pill(key: string, text: string): Block {
  return single({ kind: 'end', key: `pill ${key}`, text, x: 0, y: 0, width: PILL_WIDTH, height: PILL_HEIGHT })
}

function emptyBlock(key: string, text: string): Block {
  return single({ kind: 'empty', key: `empty ${key}`, text, x: 0, y: 0, width: CARD_WIDTH / 2, height: PILL_HEIGHT })
}

function single(node: GraphNode): Block {
  return { width: node.width, height: node.height, nodes: [node], edges: [], first: node.key, last: node.key }
}

/** The loop's own card and its body, in a box. */
function loop(step: FlowStep): Block {
  const body = step.bodies[0]?.steps ?? []
  const inside = stack(
    [card(step), ...(body.length === 0 ? [emptyBlock(step.key, 'No steps')] : body.map(layoutStep))],
    GAP_Y,
  )
  const width = inside.width + PADDING * 2
  const height = inside.height + PADDING * 2
  const key = `box ${step.key}`
  const box: GraphNode = { kind: 'box', key, step, x: 0, y: 0, width, height }
  const { nodes, edges } = move(inside, PADDING, PADDING)
  return { width, height, nodes: [box, ...nodes], edges, first: step.key, last: key }
}

/** The card, below it each branch as a column under its name, and where they come together. */
function branches(step: FlowStep): Block {
  const head = card(step)
  const columns = step.bodies.map((body) => column(step, body))
  if (columns.length === 0) return head
  const inner = columns.reduce((sum, { width }) => sum + width, GAP_X * (columns.length - 1))
  const width = Math.max(CARD_WIDTH, inner)
  const top = CARD_HEIGHT + GAP_Y
  const tallest = Math.max(...columns.map(({ height }) => height))
  const joinY = top + tallest + GAP_Y / 2
  const joinKey = `join ${step.key}`
  const join: GraphNode = { kind: 'join', key: joinKey, x: width / 2 - JOIN / 2, y: joinY, width: JOIN, height: JOIN }

  const placed: Block[] = []
  let x = (width - inner) / 2
  for (const each of columns) {
    placed.push(move(each, x, top))
    x += each.width + GAP_X
  }
  return {
    width,
    height: joinY + JOIN,
    nodes: [...move(head, (width - CARD_WIDTH) / 2, 0).nodes, ...placed.flatMap(({ nodes }) => nodes), join],
    edges: placed.flatMap(({ edges, first, last }) => [edge(step.key, first), ...edges, edge(last, joinKey)]),
    first: step.key,
    last: joinKey,
  }
}

function column(step: FlowStep, { branch, label, steps }: StepBody): Block {
  const key = `${step.key} ${branch}`
  const name = single({
    kind: 'label',
    key: `label ${key}`,
    text: label,
    step,
    branch,
    x: 0,
    y: 0,
    width: CARD_WIDTH,
    height: LABEL_HEIGHT,
  })
  const body = steps.length === 0 ? [emptyBlock(key, 'No steps')] : steps.map(layoutStep)
  return stack([name, ...body], GAP_Y / 2)
}

/** Blocks below each other on one middle line, each joined to the next. */
function stack(blocks: readonly Block[], firstGap: number): Block {
  const width = Math.max(...blocks.map((block) => block.width))
  const nodes: GraphNode[] = []
  const edges: GraphEdge[] = []
  let y = 0
  let before: Block | undefined
  for (const block of blocks) {
    if (before) {
      y += before === blocks[0] ? firstGap : GAP_Y
      edges.push(edge(before.last, block.first))
    }
    const placed = move(block, (width - block.width) / 2, y)
    nodes.push(...placed.nodes)
    edges.push(...placed.edges)
    y += block.height
    before = block
  }
  return { width, height: y, nodes, edges, first: blocks[0]?.first ?? '', last: blocks.at(-1)?.last ?? '' }
}

function move(block: Block, x: number, y: number): Block {
  return { ...block, nodes: block.nodes.map((node) => ({ ...node, x: node.x + x, y: node.y + y })) }
}

function edge(from: string, to: string): GraphEdge {
  return { key: `${from} → ${to}`, from, to }
}
