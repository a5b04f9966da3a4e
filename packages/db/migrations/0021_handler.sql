-- Handlers: scripts and flows that are told how jobs end. The statement that writes an outcome, whoever does, writes a row of job_end
-- where a handler may have to be told; a duty reads those in order, enqueues the handlers' jobs and deletes them in one transaction.

create table handler (
  workspace_id text not null references workspace,
  -- Told of jobs of the workspace, or, in the workspace admins, of those of the whole instance.
  scope text not null default 'workspace',
  event text not null,
  -- Whether it is a script or a flow.
  kind text not null,
  path text not null,
  extra_args json,
  muted_on_cancel boolean not null default false,
  -- Jobs of paths below u/.
  muted_on_user_path boolean not null default false,
  -- Jobs that people started in the browser.
  muted_on_ui_runs boolean not null default false,
  -- Who chose it: its jobs run in their name.
  username text not null,
  email text not null,
  edited_at timestamptz not null default clock_timestamp(),
  -- Why it could not be told the last time.
  fault text,
  faulted_at timestamptz,
  primary key (workspace_id, scope, event),
  constraint handler_scope_is_known check (scope in ('workspace', 'instance')),
  constraint handler_of_the_instance_is_in_admins check (scope = 'workspace' or workspace_id = 'admins'),
  constraint handler_event_is_known check (event in ('error', 'success', 'recovery')),
  constraint handler_kind_is_known check (kind in ('script', 'flow'))
);

create table job_end (
  id bigint generated always as identity primary key,
  workspace_id text not null,
  job_id uuid not null,
  status text not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- Scripts and flows whose last run failed, where somebody is told when they recover.
create table failing (
  workspace_id text not null references workspace,
  kind text not null,
  path text not null,
  -- The last run that failed, and how many did in a row.
  job_id uuid not null,
  times integer not null default 1,
  since timestamptz not null default clock_timestamp(),
  primary key (workspace_id, kind, path)
);

alter table handler enable row level security;
alter table handler force row level security;
create policy of_the_workspace on handler using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table job_end enable row level security;
alter table job_end force row level security;
create policy of_the_workspace on job_end using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table failing enable row level security;
alter table failing force row level security;
create policy of_the_workspace on failing using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- What handlers are told of jobs that ended so. What else has handlers, such as a schedule, is asked for below too.
create function told_events(how text) returns text[] language sql immutable as $$
  select case how when 'failure' then array['error', 'recovery'] when 'canceled' then array['error']
    when 'success' then array['success', 'recovery'] else array[]::text[] end
$$;

-- Ends of jobs that nobody else asked for and that are of a deployed script or flow; never those of a handler itself.
create function note_job_ends() returns trigger language plpgsql as $$
declare
  -- The range of the ids, so that PostgreSQL opens the partitions of their days only.
  lowest uuid;
  highest uuid;
begin
  if not exists (select from handler) then return null; end if;
  select min(e.id::text)::uuid, max(e.id::text)::uuid into lowest, highest from ended e
  where exists (
    select from handler h where (h.workspace_id = e.workspace_id or h.scope = 'instance') and h.event = any (told_events(e.status)));
  if lowest is null then return null; end if;
  insert into job_end (workspace_id, job_id, status)
  select e.workspace_id, e.id, e.status
  from ended e cross join lateral (
    select from job q where q.id = e.id and q.id between lowest and highest and q.kind in ('script', 'flow') and q.script_path is not null
      and q.parent_job is null and q.flow_step_id is null and q.options->>'handles' is null offset 0
  ) as j
  where exists (
    select from handler h where (h.workspace_id = e.workspace_id or h.scope = 'instance') and h.event = any (told_events(e.status)));
  return null;
end $$;
create trigger job_outcome_is_noted after insert on job_outcome referencing new table as ended
  for each statement execute function note_job_ends();
