import { BaseEdge, getSmoothStepPath, type EdgeProps, type EdgeTypes } from '@xyflow/react'

/** How far above its end a line turns: in the gap there, for further up it would cross the longer branches beside it. */
const TURN_ABOVE = 9

export const edgeTypes: EdgeTypes = { line: Line }

function Line({ sourceX, sourceY, targetX, targetY }: EdgeProps) {
  const [path] = getSmoothStepPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    centerY: targetY - TURN_ABOVE,
    offset: 4,
    borderRadius: 6,
  })
  return <BaseEdge path={path} />
}
