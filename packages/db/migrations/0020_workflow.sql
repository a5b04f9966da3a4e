-- Workflows as code: scripts that are run again from the top until they are over, each step from its checkpoint where it has one
-- (packages/flow/src/workflow/SPEC.md). One that waits is a frame: its row in flow_run hears of its tasks, of answers and of time as that
-- of a flow does.

create table workflow_checkpoint (
  -- The job of the workflow.
  job_id uuid not null,
  key text not null,
  workspace_id text not null,
  kind text not null,
  -- What a task runs: the function, or the path of a script or a flow.
  target text,
  -- The job of a task, which has its result.
  child_id uuid,
  asked_at timestamptz not null default clock_timestamp(),
  -- When a sleep or the wait for an answer is over.
  due_at timestamptz,
  started_at timestamptz,
  duration_ms bigint,
  -- Null: it is under way.
  status text,
  -- JSON text; of a task only where it has no job.
  result text,
  primary key (job_id, key),
  constraint workflow_checkpoint_kind_is_known check (kind in ('step', 'task', 'sleep', 'approval')),
  constraint workflow_checkpoint_status_is_known check (status in ('success', 'failure', 'canceled', 'skipped')),
  constraint workflow_checkpoint_step_is_over check (kind <> 'step' or status is not null)
) partition by range (job_id);
create table workflow_checkpoint_default partition of workflow_checkpoint default;
create index workflow_checkpoint_under_way on workflow_checkpoint (job_id) where status is null;

alter table workflow_checkpoint enable row level security;
alter table workflow_checkpoint force row level security;
create policy of_the_workspace on workflow_checkpoint using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table workflow_checkpoint_default enable row level security;
alter table workflow_checkpoint_default force row level security;
create policy of_the_workspace on workflow_checkpoint_default using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- As in 0017, with checkpoints.
create or replace function job_day_tables() returns table (parent text, key text) language sql immutable as $$
  values ('job_log', 'job_id'), ('job_result', 'job_id'), ('flow_past', 'id'), ('workflow_checkpoint', 'job_id'), ('job_outcome', 'id'),
    ('job', 'id')
$$;

-- Closes the checkpoints of a workflow for which what they wait for has happened; whether none is under way any more. The caller has
-- the workflow's row of the queue.
create function take_in_workflow(of_job uuid) returns boolean language plpgsql as $$
begin
  with ended as (
    delete from flow_event e where e.frame_id = of_job and e.kind = 'ended' returning e.module, e.job_id, e.status
  )
  update workflow_checkpoint c set status = ended.status, started_at = o.started_at, duration_ms = o.duration_ms
  from ended left join job_outcome o on o.id = ended.job_id
  where c.job_id = of_job and c.key = ended.module and c.child_id = ended.job_id and c.status is null;

  -- The first answer counts; without one in time the answer is no.
  delete from flow_event e where e.frame_id = of_job and e.kind = 'resumed';
  update workflow_checkpoint c set status = 'success', started_at = c.asked_at,
    duration_ms = (extract(epoch from clock_timestamp() - c.asked_at) * 1000)::bigint,
    result = (
      select json_build_object('value', r.payload, 'approver', coalesce(r.approver, 'anonymous'), 'approved', r.approved)::text
      from flow_resume r where r.frame_id = of_job and r.module = c.key order by r.at limit 1)
  where c.job_id = of_job and c.status is null and c.kind = 'approval'
    and exists (select from flow_resume r where r.frame_id = of_job and r.module = c.key);
  update workflow_checkpoint c set status = 'success', started_at = c.asked_at,
    duration_ms = (extract(epoch from clock_timestamp() - c.asked_at) * 1000)::bigint,
    result = case c.kind when 'approval' then '{"value":null,"approver":null,"approved":false}' end
  where c.job_id = of_job and c.status is null and c.due_at <= clock_timestamp();

  if exists (select from workflow_checkpoint c where c.job_id = of_job and c.status is null) then return false; end if;
  update flow_run r set awaits = null, wake_at = null where r.id = of_job and (r.awaits is not null or r.wake_at is not null);
  return true;
end $$;

-- Takes in what happened to a workflow that waits, and lets a worker claim it where it waits for nothing more: its tag then.
create function wake_workflow(of_job uuid) returns text language plpgsql as $$
declare
  woken text;
begin
  perform from job_queue q where q.id = of_job and q.state in ('suspended', 'scheduled') for update;
  if not found or not take_in_workflow(of_job) then return null; end if;
  update job_queue q set state = 'ready', due_at = clock_timestamp(), fair = queue_place(q.tag, q.priority, q.workspace_id)
  where q.id = of_job returning q.tag into woken;
  return woken;
end $$;

-- Lets go of a workflow that a worker has in hand; a flow_run that is given without a state stays as it is.
create function park_workflow(of_job uuid, in_attempt smallint, change json)
returns table (is_scheduled boolean, tags text[], cancel json) language sql as $$
  select s.is_scheduled, s.tags, s.cancel
  from flow_run r cross join lateral store_flow_frames(json_build_array(json_build_object(
    'id', r.id, 'workspace_id', r.workspace_id, 'version', r.version, 'started_at', r.started_at, 'needs_row', true, 'attempt', in_attempt,
    'state', change->'state', 'awaits', change->'awaits', 'wakes', change->'after_ms' is not null, 'after_ms', change->'after_ms',
    'is_due', true, 'stopped', false))) as s
  where r.id = of_job
$$;

-- A worker has claimed a workflow: whether it is to be run. Else it is let go of, for it still waits.
create function open_workflow(of_job uuid, in_attempt smallint)
returns table (runs boolean, is_scheduled boolean, tags text[], cancel json) language plpgsql as $$
declare
  began timestamptz;
begin
  select r.started_at into began from flow_run r where r.id = of_job;
  if not found then
    runs := true;
    return next;
    return;
  end if;
  perform from job_queue q where q.id = of_job and q.state = 'running' and q.attempt = in_attempt for update;
  if not found then return; end if;
  if take_in_workflow(of_job) then
    -- Its time is that of the whole, not of this run of the code.
    update job_queue q set started_at = began where q.id = of_job;
    runs := true;
    return next;
    return;
  end if;
  return query select false, p.is_scheduled, p.tags, p.cancel from park_workflow(of_job, in_attempt, '{}') as p;
end $$;

-- A run of the code has come to where it waits. Writes the checkpoints that it asks for, those that are new by their keys, and lets go of
-- the workflow unless nothing of it is under way. A key that stands for something else already is told, and nothing is written.
create function suspend_workflow(of_job uuid, in_attempt smallint, asked json, change json)
returns table (is_held boolean, goes_on boolean, clashes text[], added text[], is_scheduled boolean, tags text[], cancel json)
language plpgsql as $$
#variable_conflict use_column
declare
  held job_queue;
begin
  select * into held from job_queue q where q.id = of_job and q.state = 'running' and q.attempt = in_attempt for update;
  is_held := found;
  if not is_held then
    return next;
    return;
  end if;
  select array_agg(a.key) into clashes
  from json_to_recordset(asked) as a(key text, kind text, target text)
  join workflow_checkpoint c on c.job_id = of_job and c.key = a.key
  where c.kind <> a.kind or c.target is distinct from a.target;
  if clashes is not null then
    return next;
    return;
  end if;
  with written as (
    insert into workflow_checkpoint (job_id, key, workspace_id, kind, target, child_id, due_at, started_at, duration_ms, status, result)
    select of_job, a.key, held.workspace_id, a.kind, a.target, a.child_id, clock_timestamp() + a.after_ms * interval '1 millisecond',
      a.started_at, a.duration_ms, a.status, a.result
    from json_to_recordset(asked) as a(key text, kind text, target text, child_id uuid, after_ms double precision,
      started_at timestamptz, duration_ms bigint, status text, result text)
    on conflict (job_id, key) do nothing
    returning key
  )
  select array_agg(key) into added from written;
  if take_in_workflow(of_job) then
    goes_on := true;
    return next;
    return;
  end if;
  insert into flow_run (id, workspace_id, flow_id, pointer, before, state, version, started_at, wait_ms)
  values (of_job, held.workspace_id, of_job, '{"kind":"workflow"}', '{"kind":"null"}', '{}', 1, held.started_at,
    greatest(0, extract(epoch from held.started_at - held.due_at) * 1000)::bigint)
  on conflict (id) do nothing;
  update job_queue q set has_sequel = true where q.id = of_job and not q.has_sequel;
  goes_on := false;
  select p.is_scheduled, p.tags, p.cancel into is_scheduled, tags, cancel from park_workflow(of_job, in_attempt, change) as p;
  return next;
end $$;

-- Keeps what an inline step gave, while its workflow runs: `kept`, `known` where the key stands for something already, `not running`.
-- Only workers that are lost one after the other without a step between them count against a workflow.
create function keep_workflow_step(of_job uuid, of_workspace text, step_key text, began timestamptz, took_ms bigint, ended text, value text)
returns text language sql as $$
  with held as (
    select q.id, q.workspace_id, q.attempt, q.failures from job_queue q
    where q.id = of_job and q.workspace_id = of_workspace and q.state = 'running'
  ), kept as (
    insert into workflow_checkpoint (job_id, key, workspace_id, kind, started_at, duration_ms, status, result)
    select id, step_key, workspace_id, 'step', began, took_ms, ended, value from held
    on conflict (job_id, key) do nothing
    returning key
  ), went_on as (
    update job_queue q set failures = q.attempt - 1 from held h where q.id = h.id and h.attempt - h.failures > 1
  )
  select case when not exists (select from held) then 'not running' when exists (select from kept) then 'kept' else 'known' end
$$;
