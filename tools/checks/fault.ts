/** Something a check found; `line` counts from 1. */
export interface Fault {
  readonly file: string
  readonly line?: number
  readonly message: string
}

/** A rule of the house. `find` throws when it sees nothing to judge, for a guard that is blind must not say yes. */
export interface Check {
  readonly name: string
  find(root: string): readonly Fault[]
}

/** `file:line  message`, the form that editors open. */
export function faultLine(fault: Fault): string {
  const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`
  return `${place}  ${fault.message}`
}
