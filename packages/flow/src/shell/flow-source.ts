/** A version of a deployed flow. */
export interface FlowVersion {
  readonly path: string
  /** What jobs are pinned to: kept as the hash of their script. */
  readonly version: string
  /** The value of the OpenFlow document. */
  readonly value: unknown
  readonly tag: string | undefined
}

/** Where deployed flows are. */
export interface FlowSource {
  findServing(workspace: string, path: string): Promise<FlowVersion | undefined>
  findVersion(workspace: string, version: string): Promise<FlowVersion | undefined>
}
