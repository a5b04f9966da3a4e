/** Called at each point between two writes, by its name; tests end the process or the connection there. */
export type FailAt = (point: FailPoint) => void | Promise<void>

export type FailPoint = (typeof failPoints)[number]

/** Every point of a transition at which a process may die, in order; not every transition passes all of them. */
export const failPoints = [
  'frame read',
  'decided',
  'step decided',
  'transaction open',
  'frames stored',
  'list kept',
  'frames written',
  'ended frames written',
  'children written',
  'committed',
] as const
