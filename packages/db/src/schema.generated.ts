// Generated from the migrations by `npm run generate`; do not edit.
import type { ColumnType, Generated } from 'kysely'

export interface AccountTable {
  email: string
  password_hash: ColumnType<string | null, string | null | undefined, string | null>
  name: ColumnType<string | null, string | null | undefined, string | null>
  username: ColumnType<string | null, string | null | undefined, string | null>
  super_admin: Generated<boolean>
  disabled: Generated<boolean>
  created_at: Generated<Date>
}

export interface AgentMessageTable {
  workspace_id: string
  scope: string
  memory_id: string
  step: string
  id: number
  run: string
  nth: number
  message: string
  said_at: Generated<Date>
}

export interface AuditTable {
  id: number
  workspace_id: string
  at: Generated<Date>
  username: string
  email: string
  operation: string
  parameters: ColumnType<unknown, string | null | undefined, string | null>
}

export interface ConcurrencyKeyTable {
  key: string
  slots: number
  window_s: ColumnType<number | null, number | null | undefined, number | null>
  used_at: Generated<Date>
}

export interface ConcurrencySlotTable {
  job_id: string
  key: string
  free_at: Date
}

export interface ConfigTable {
  name: string
  config: ColumnType<unknown, string | null | undefined, string | null>
  changed_at: Generated<Date>
  changed_by: string
}

export interface FailingTable {
  workspace_id: string
  kind: string
  path: string
  job_id: string
  times: Generated<number>
  since: Generated<Date>
}

export interface FlowTable {
  workspace_id: string
  path: string
  head: number
  serving: number
  archived: Generated<boolean>
  created_at: Generated<Date>
}

export interface FlowConversationTable {
  workspace_id: string
  id: string
  flow_path: string
  title: ColumnType<string | null, string | null | undefined, string | null>
  created_by: string
  is_test: boolean
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface FlowConversationTurnTable {
  workspace_id: string
  conversation_id: string
  job_id: string
  begun_at: Generated<Date>
}

export interface FlowDefinitionTable {
  workspace_id: string
  hash: string
  value: ColumnType<unknown, string | null, string | null>
  created_at: Generated<Date>
}

export interface FlowEventTable {
  id: number
  frame_id: string
  workspace_id: string
  kind: string
  module: string
  index: Generated<number>
  failures: Generated<number>
  job_id: ColumnType<string | null, string | null | undefined, string | null>
  status: ColumnType<string | null, string | null | undefined, string | null>
  stopped: Generated<boolean>
  created_at: Generated<Date>
}

export interface FlowFixTable {
  workspace_id: string
  run_id: string
  continued_by: string
  fix_id: string
  changed_by: string
  reason: ColumnType<string | null, string | null | undefined, string | null>
  changes: ColumnType<unknown, string | null, string | null>
  before_hash: string
  after_hash: string
  at: Generated<Date>
}

export interface FlowItemTable {
  frame_id: string
  module: string
  chunk: number
  workspace_id: string
  items: ColumnType<unknown, string | null, string | null>
}

export interface FlowPastTable {
  id: string
  workspace_id: string
  flow_id: string
  pointer: ColumnType<unknown, string | null, string | null>
  parent_id: ColumnType<string | null, string | null | undefined, string | null>
  module: ColumnType<string | null, string | null | undefined, string | null>
  index: ColumnType<number | null, number | null | undefined, number | null>
  before: ColumnType<unknown, string | null, string | null>
  resumed: ColumnType<unknown, string | null | undefined, string | null>
  state: ColumnType<unknown, string | null | undefined, string | null>
  version: Generated<number>
  stopped: Generated<boolean>
  awaits: ColumnType<unknown, string | null | undefined, string | null>
  input: ColumnType<unknown, string | null | undefined, string | null>
  early: ColumnType<unknown, string | null | undefined, string | null>
  started_at: Generated<Date>
  wait_ms: Generated<number>
  wake_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  deadline_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  faults: Generated<number>
  fault: ColumnType<string | null, string | null | undefined, string | null>
  faulted_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  root_id: ColumnType<string | null, string | null | undefined, string | null>
}

export interface FlowResumeTable {
  frame_id: string
  module: string
  resume_id: number
  workspace_id: string
  payload: ColumnType<unknown, string | null | undefined, string | null>
  approver: ColumnType<string | null, string | null | undefined, string | null>
  approved: boolean
  at: Generated<Date>
}

export interface FlowRunTable {
  id: string
  workspace_id: string
  flow_id: string
  pointer: ColumnType<unknown, string | null, string | null>
  parent_id: ColumnType<string | null, string | null | undefined, string | null>
  module: ColumnType<string | null, string | null | undefined, string | null>
  index: ColumnType<number | null, number | null | undefined, number | null>
  before: ColumnType<unknown, string | null, string | null>
  resumed: ColumnType<unknown, string | null | undefined, string | null>
  state: ColumnType<unknown, string | null | undefined, string | null>
  version: Generated<number>
  stopped: Generated<boolean>
  awaits: ColumnType<unknown, string | null | undefined, string | null>
  input: ColumnType<unknown, string | null | undefined, string | null>
  early: ColumnType<unknown, string | null | undefined, string | null>
  started_at: Generated<Date>
  wait_ms: Generated<number>
  wake_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  deadline_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  faults: Generated<number>
  fault: ColumnType<string | null, string | null | undefined, string | null>
  faulted_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  root_id: ColumnType<string | null, string | null | undefined, string | null>
}

export interface FlowUserStateTable {
  workspace_id: string
  flow_job: string
  key: string
  value: ColumnType<unknown, string | null, string | null>
  updated_at: Generated<Date>
}

export interface FlowVersionTable {
  workspace_id: string
  id: Generated<number>
  path: string
  hash: string
  summary: Generated<string>
  description: Generated<string>
  schema: ColumnType<unknown, string | null | undefined, string | null>
  options: ColumnType<unknown, string | null | undefined, string | null>
  steps: Generated<string[]>
  deployment_message: ColumnType<string | null, string | null | undefined, string | null>
  created_by: string
  created_at: Generated<Date>
  lock_error_logs: ColumnType<string | null, string | null | undefined, string | null>
  lock_job: ColumnType<string | null, string | null | undefined, string | null>
  is_locking: Generated<boolean>
  imports: Generated<string[]>
}

export interface HandlerTable {
  workspace_id: string
  scope: Generated<string>
  event: string
  kind: string
  path: string
  extra_args: ColumnType<unknown, string | null | undefined, string | null>
  muted_on_cancel: Generated<boolean>
  muted_on_user_path: Generated<boolean>
  muted_on_ui_runs: Generated<boolean>
  username: string
  email: string
  edited_at: Generated<Date>
  fault: ColumnType<string | null, string | null | undefined, string | null>
  faulted_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface InstanceValueTable {
  key: string
  value: ColumnType<unknown, string | null, string | null>
  updated_at: Generated<Date>
}

export interface JobTable {
  id: string
  workspace_id: string
  kind: string
  script_path: ColumnType<string | null, string | null | undefined, string | null>
  script_hash: ColumnType<string | null, string | null | undefined, string | null>
  language: ColumnType<string | null, string | null | undefined, string | null>
  raw_code: ColumnType<string | null, string | null | undefined, string | null>
  args: ColumnType<unknown, string | null | undefined, string | null>
  tag: string
  created_by: string
  email: string
  permissioned_as: string
  created_at: Generated<Date>
  parent_job: ColumnType<string | null, string | null | undefined, string | null>
  root_job: ColumnType<string | null, string | null | undefined, string | null>
  flow_step_id: ColumnType<string | null, string | null | undefined, string | null>
  trigger_kind: ColumnType<string | null, string | null | undefined, string | null>
  trigger_path: ColumnType<string | null, string | null | undefined, string | null>
  timeout_ms: ColumnType<number | null, number | null | undefined, number | null>
  attempts_max: Generated<number>
  priority: Generated<number>
  visible_to_owner: Generated<boolean>
  awaited: Generated<boolean>
  options: ColumnType<unknown, string | null | undefined, string | null>
  flow_step_index: ColumnType<number | null, number | null | undefined, number | null>
  flow_step_failures: ColumnType<number | null, number | null | undefined, number | null>
}

export interface JobCancelTable {
  id: string
  workspace_id: string
  canceled_by: string
  reason: ColumnType<string | null, string | null | undefined, string | null>
  asked_at: Generated<Date>
  signalled_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  killed_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface JobCountTable {
  workspace_id: string
  since: Date
  tag: string
  status: string
  jobs: number
}

export interface JobCountPeriodTable {
  since: Date
  until: Date
  unfinished: number
  counted_at: Generated<Date>
}

export interface JobDebounceTable {
  workspace_id: string
  key: string
  job_id: string
  calls: number
  first_at: Date
  gathered: ColumnType<unknown, string | null | undefined, string | null>
}

export interface JobEndTable {
  id: number
  workspace_id: string
  job_id: string
  status: string
}

export interface JobErasureTable {
  id: string
  due_at: Date
}

export interface JobLogTable {
  job_id: string
  seq: number
  workspace_id: string
  chunk: string
  starts_at: number
}

export interface JobOnceTable {
  workspace_id: string
  key: string
  digest: string
  job_id: string
  made_at: Generated<Date>
}

export interface JobOutcomeTable {
  id: string
  workspace_id: string
  status: string
  result: ColumnType<unknown, string | null | undefined, string | null>
  started_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  finished_at: Generated<Date>
  duration_ms: number
  wait_ms: number
  attempt: number
  worker: ColumnType<string | null, string | null | undefined, string | null>
  memory_peak_bytes: ColumnType<number | null, number | null | undefined, number | null>
  cpu_ms: ColumnType<number | null, number | null | undefined, number | null>
  canceled_by: ColumnType<string | null, string | null | undefined, string | null>
  canceled_reason: ColumnType<string | null, string | null | undefined, string | null>
  result_pieces: ColumnType<number | null, number | null | undefined, number | null>
  result_bytes: ColumnType<number | null, number | null | undefined, number | null>
  log_bytes: ColumnType<number | null, number | null | undefined, number | null>
}

export interface JobProgressTable {
  workspace_id: string
  job_id: string
  percent: number
  told_at: Generated<Date>
}

export interface JobQueueTable {
  id: string
  workspace_id: string
  tag: string
  state: string
  priority: Generated<number>
  fair: Generated<number>
  due_at: Generated<Date>
  attempt: Generated<number>
  worker_id: ColumnType<string | null, string | null | undefined, string | null>
  started_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  concurrency_key: ColumnType<string | null, string | null | undefined, string | null>
  memory_mb: Generated<number>
  failures: Generated<number>
  has_sequel: Generated<boolean>
  in_line: boolean
  is_later: boolean
}

export interface JobResultTable {
  job_id: string
  attempt: number
  seq: number
  workspace_id: string
  chunk: string
}

export interface JobSecretTable {
  workspace_id: string
  job_id: string
  digest: Buffer
  sealed: Buffer
  read_at: Generated<Date>
}

export interface JobStreamTable {
  job_id: string
  seq: number
  workspace_id: string
  starts_at: number
  chunk: string
}

export interface JobWaitTable {
  waiter_id: string
  child_id: string
  until: Date
}

export interface LeaseTable {
  name: string
  owner: string
  until: Date
}

export interface LostPlaceTable {
  tag: string
  since: Generated<Date>
}

export interface MemberTable {
  workspace_id: string
  username: string
  email: string
  is_admin: Generated<boolean>
  operator: Generated<boolean>
  disabled: Generated<boolean>
  created_at: Generated<Date>
}

export interface QueueSampleTable {
  at: Date
  tag: string
  waiting: number
  running: number
  delay_ms: number
}

export interface ResourceTable {
  workspace_id: string
  path: string
  value: ColumnType<unknown, string | null | undefined, string | null>
  description: Generated<string>
  resource_type: string
  labels: Generated<string[]>
  created_by: string
  created_at: Generated<Date>
  edited_by: string
  edited_at: Generated<Date>
}

export interface ResourceTypeTable {
  workspace_id: string
  name: string
  schema: ColumnType<unknown, string | null | undefined, string | null>
  description: Generated<string>
  display_name: ColumnType<string | null, string | null | undefined, string | null>
  format_extension: ColumnType<string | null, string | null | undefined, string | null>
  is_fileset: Generated<boolean>
  created_by: string
  edited_at: Generated<Date>
}

export interface ResultCacheTable {
  workspace_id: string
  key: string
  result: ColumnType<unknown, string | null | undefined, string | null>
  expires_at: Date
}

export interface SchemaMigrationTable {
  name: string
  checksum: string
  applied_at: Generated<Date>
}

export interface ScriptTable {
  workspace_id: string
  hash: string
  path: string
  parent_hash: ColumnType<string | null, string | null | undefined, string | null>
  summary: Generated<string>
  description: Generated<string>
  content: string
  language: string
  kind: Generated<string>
  schema: ColumnType<unknown, string | null | undefined, string | null>
  lock: ColumnType<string | null, string | null | undefined, string | null>
  tag: ColumnType<string | null, string | null | undefined, string | null>
  timeout_s: ColumnType<number | null, number | null | undefined, number | null>
  auto_kind: ColumnType<string | null, string | null | undefined, string | null>
  has_preprocessor: Generated<boolean>
  options: ColumnType<unknown, string | null | undefined, string | null>
  deployment_message: ColumnType<string | null, string | null | undefined, string | null>
  created_by: string
  created_at: Generated<Date>
  archived: Generated<boolean>
  deleted: Generated<boolean>
  serves: Generated<boolean>
  lock_error_logs: ColumnType<string | null, string | null | undefined, string | null>
  lock_job: ColumnType<string | null, string | null | undefined, string | null>
  lock_revision: Generated<number>
  lock_key: ColumnType<string | null, string | null | undefined, string | null>
}

export interface ScriptImportTable {
  workspace_id: string
  importer_path: string
  imported_path: string
}

export interface ScriptMemoryTable {
  workspace_id: string
  script_path: string
  peak_mb: number
  measured_at: Generated<Date>
}

export interface SettingTable {
  key: string
  value: ColumnType<unknown, string | null, string | null>
  changed_at: Generated<Date>
  changed_by: string
}

export interface TokenTable {
  hash: Buffer
  prefix: string
  email: string
  kind: string
  label: ColumnType<string | null, string | null | undefined, string | null>
  workspace_id: ColumnType<string | null, string | null | undefined, string | null>
  scopes: ColumnType<string[] | null, string[] | null | undefined, string[] | null>
  read_only: Generated<boolean>
  created_at: Generated<Date>
  last_used_at: Generated<Date>
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface VariableTable {
  workspace_id: string
  path: string
  value: ColumnType<string | null, string | null | undefined, string | null>
  sealed: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>
  version: Generated<number>
  description: Generated<string>
  account: ColumnType<number | null, number | null | undefined, number | null>
  is_oauth: Generated<boolean>
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  labels: Generated<string[]>
  created_by: string
  created_at: Generated<Date>
  edited_by: string
  edited_at: Generated<Date>
}

export interface VolumeTable {
  workspace_id: string
  name: string
  place: Generated<string>
  bytes: Generated<number>
  files: Generated<number>
  created_by: string
  created_at: Generated<Date>
  used_by: ColumnType<string | null, string | null | undefined, string | null>
  used_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface WorkerTable {
  id: string
  name: string
  tags: string[]
  slots: number
  sandbox: string
  isolated: boolean
  notice: ColumnType<string | null, string | null | undefined, string | null>
  version: string
  started_at: Generated<Date>
  last_seen_at: Generated<Date>
  worker_group: Generated<string>
  host: Generated<string>
  ip: ColumnType<string | null, string | null | undefined, string | null>
  jobs_executed: Generated<number>
}

export interface WorkflowCheckpointTable {
  job_id: string
  key: string
  workspace_id: string
  kind: string
  target: ColumnType<string | null, string | null | undefined, string | null>
  child_id: ColumnType<string | null, string | null | undefined, string | null>
  asked_at: Generated<Date>
  due_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  started_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  duration_ms: ColumnType<number | null, number | null | undefined, number | null>
  status: ColumnType<string | null, string | null | undefined, string | null>
  result: ColumnType<string | null, string | null | undefined, string | null>
}

export interface WorkspaceTable {
  id: string
  name: string
  owner: string
  color: Generated<string>
  created_at: Generated<Date>
  deleted: Generated<boolean>
  queue_weight: Generated<number>
}

export interface WorkspaceDependencyTable {
  id: Generated<number>
  workspace_id: string
  language: string
  name: Generated<string>
  description: Generated<string>
  content: string
  created_by: string
  created_at: Generated<Date>
  archived: Generated<boolean>
}

export interface WorkspaceKeyTable {
  workspace_id: string
  sealed: Buffer
  changed_at: Generated<Date>
  changed_by: string
}

export interface Schema {
  account: AccountTable
  agent_message: AgentMessageTable
  audit: AuditTable
  concurrency_key: ConcurrencyKeyTable
  concurrency_slot: ConcurrencySlotTable
  config: ConfigTable
  failing: FailingTable
  flow: FlowTable
  flow_conversation: FlowConversationTable
  flow_conversation_turn: FlowConversationTurnTable
  flow_definition: FlowDefinitionTable
  flow_event: FlowEventTable
  flow_fix: FlowFixTable
  flow_item: FlowItemTable
  flow_past: FlowPastTable
  flow_resume: FlowResumeTable
  flow_run: FlowRunTable
  flow_user_state: FlowUserStateTable
  flow_version: FlowVersionTable
  handler: HandlerTable
  instance_value: InstanceValueTable
  job: JobTable
  job_cancel: JobCancelTable
  job_count: JobCountTable
  job_count_period: JobCountPeriodTable
  job_debounce: JobDebounceTable
  job_end: JobEndTable
  job_erasure: JobErasureTable
  job_log: JobLogTable
  job_once: JobOnceTable
  job_outcome: JobOutcomeTable
  job_progress: JobProgressTable
  job_queue: JobQueueTable
  job_result: JobResultTable
  job_secret: JobSecretTable
  job_stream: JobStreamTable
  job_wait: JobWaitTable
  lease: LeaseTable
  lost_place: LostPlaceTable
  member: MemberTable
  queue_sample: QueueSampleTable
  resource: ResourceTable
  resource_type: ResourceTypeTable
  result_cache: ResultCacheTable
  schema_migration: SchemaMigrationTable
  script: ScriptTable
  script_import: ScriptImportTable
  script_memory: ScriptMemoryTable
  setting: SettingTable
  token: TokenTable
  variable: VariableTable
  volume: VolumeTable
  worker: WorkerTable
  workflow_checkpoint: WorkflowCheckpointTable
  workspace: WorkspaceTable
  workspace_dependency: WorkspaceDependencyTable
  workspace_key: WorkspaceKeyTable
}
