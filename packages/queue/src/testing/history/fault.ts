/** A rule of SPEC.md that a history breaks, with a sentence that says where. */
export interface Fault {
  readonly rule: string
  readonly says: string
}
