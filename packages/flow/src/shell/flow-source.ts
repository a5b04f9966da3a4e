/** A version of a deployed flow. */
export interface FlowVersion {
  /** What jobs are pinned to, kept as the hash of their script. */
  readonly version: string
  /** Its number, where it has one. */
  readonly id?: number | undefined
  readonly tag: string | undefined
  /** Of the OpenFlow document. */
  readonly value: unknown
  /** Seconds that a run may take; without it as long as it takes. */
  readonly timeoutS?: number | undefined
  readonly priority?: number | undefined
}

/** Where deployed flows are. */
export interface FlowSource {
  /** The version that runs at a path. */
  findServing(workspace: string, path: string): Promise<FlowVersion | undefined>
  /** The value of the OpenFlow document of a version, as JSON text. */
  findDefinition(workspace: string, version: string): Promise<string | undefined>
}
