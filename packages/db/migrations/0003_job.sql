-- The engine (packages/queue/SPEC.md). A job's id is a UUIDv7 and the partition key: a look-up by id prunes to one day.
-- `job` says what was asked and never changes; `job_queue` holds only what is not finished, narrow and hot; `job_outcome`
-- says how it ended and never changes. Ids that were chosen by a caller and fit no day fall into the default partitions.

create table job (
  id uuid not null,
  workspace_id text not null,
  kind text not null,
  script_path text,
  script_hash text,
  language text,
  raw_code text,
  args json,
  tag text not null,
  created_by text not null,
  email text not null,
  permissioned_as text not null,
  created_at timestamptz not null default now(),
  parent_job uuid,
  root_job uuid,
  flow_step_id text,
  trigger_kind text,
  trigger_path text,
  timeout_ms integer,
  attempts_max smallint not null default 1,
  priority smallint not null default 0,
  visible_to_owner boolean not null default true,
  -- Whether someone waits for the end, so that the worker says it aloud.
  awaited boolean not null default false,
  primary key (id),
  constraint job_attempts_are_positive check (attempts_max > 0)
) partition by range (id);
create table job_default partition of job default;
create index job_newest on job (workspace_id, created_at desc, id desc);
create index job_by_path on job (workspace_id, script_path, created_at desc) where script_path is not null;
create index job_by_parent on job (parent_job) where parent_job is not null;

create table job_queue (
  id uuid primary key,
  workspace_id text not null,
  tag text not null,
  state text not null,
  priority smallint not null default 0,
  -- Order within a tag and priority; the seam of fair queueing.
  fair bigint not null default 0,
  due_at timestamptz not null default now(),
  attempt smallint not null default 0,
  worker_id uuid,
  started_at timestamptz,
  constraint job_queue_state_is_known check (state in ('scheduled', 'blocked', 'ready', 'running', 'suspended')),
  constraint job_queue_running_iff_held check ((state = 'running') = (worker_id is not null)),
  constraint job_queue_running_has_started check (state <> 'running' or started_at is not null)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.1);
create index job_queue_order on job_queue (tag, priority desc, fair, id) where state = 'ready';
create index job_queue_due on job_queue (due_at) where state = 'scheduled';
create index job_queue_held on job_queue (worker_id) where worker_id is not null;
create index job_queue_of_workspace on job_queue (workspace_id, id desc);

create table job_outcome (
  id uuid not null,
  workspace_id text not null,
  status text not null,
  result json,
  started_at timestamptz,
  finished_at timestamptz not null default now(),
  duration_ms bigint not null,
  wait_ms bigint not null,
  attempt smallint not null,
  worker text,
  memory_peak_bytes bigint,
  cpu_ms bigint,
  canceled_by text,
  canceled_reason text,
  primary key (id),
  constraint job_outcome_status_is_known check (status in ('success', 'failure', 'canceled', 'skipped'))
) partition by range (id);
create table job_outcome_default partition of job_outcome default;
create index job_outcome_newest on job_outcome (workspace_id, finished_at desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% never changes once it is written', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger job_outcome_is_final before update on job_outcome for each row execute function refuse_change();
create trigger job_is_immutable before update on job for each row execute function refuse_change();

create table job_log (
  job_id uuid not null,
  seq integer not null,
  workspace_id text not null,
  chunk text not null,
  -- UTF-16 units of the log before this chunk: clients count offsets in them.
  starts_at integer not null,
  primary key (job_id, seq)
) partition by range (job_id);
create table job_log_default partition of job_log default;

-- Requests to end a running job, in their states: asked, signalled, killed (gone: the outcome). No foreign key: its check
-- would cost every job that ends; a duty forgets requests whose job is gone.
create table job_cancel (
  id uuid primary key,
  workspace_id text not null,
  canceled_by text not null,
  reason text,
  asked_at timestamptz not null default now(),
  signalled_at timestamptz,
  killed_at timestamptz
);

create table worker (
  id uuid primary key,
  name text not null,
  tags text[] not null,
  slots integer not null,
  sandbox text not null,
  isolated boolean not null,
  notice text,
  version text not null,
  started_at timestamptz not null default now(),
  -- The lease of every job this worker holds.
  last_seen_at timestamptz not null default now()
) with (fillfactor = 50);

alter table job enable row level security;
alter table job force row level security;
create policy of_the_workspace on job using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table job_queue enable row level security;
alter table job_queue force row level security;
create policy of_the_workspace on job_queue using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table job_outcome enable row level security;
alter table job_outcome force row level security;
create policy of_the_workspace on job_outcome using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table job_log enable row level security;
alter table job_log force row level security;
create policy of_the_workspace on job_log using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table job_cancel enable row level security;
alter table job_cancel force row level security;
create policy of_the_workspace on job_cancel using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- Makes the daily partitions of the four tables for one day (UTC); a day that exists is left alone. Partitions carry
-- row-level security without a policy: whoever names one directly sees nothing.
create function make_job_partitions(day date) returns void language plpgsql as $$
declare
  parent text;
  child text;
  lower uuid := millrace_first_id(day::timestamp at time zone 'utc');
  upper uuid := millrace_first_id((day + 1)::timestamp at time zone 'utc');
begin
  foreach parent in array array['job', 'job_outcome', 'job_log'] loop
    child := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
    if to_regclass(child) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)', child, parent, lower, upper);
      execute format('alter table %I enable row level security', child);
      execute format('alter table %I force row level security', child);
    end if;
  end loop;
end $$;

-- The lowest UUIDv7 of an instant.
create function millrace_first_id(at timestamptz) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
alter table job_default enable row level security;
alter table job_default force row level security;
alter table job_outcome_default enable row level security;
alter table job_outcome_default force row level security;
alter table job_log_default enable row level security;
alter table job_log_default force row level security;
