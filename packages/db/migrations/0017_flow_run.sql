-- Flows as they run (packages/flow/src/core/protocol.ts): a frame is a job with a row of state in flow_run, which what happens to it
-- finds by flow_event. Rows of frames that are over lie in flow_past, by days, as long as their jobs.
-- lock: job: adds columns without a value, and indexes; it comes before the first release, whose databases begin empty

-- Who a job is to its frame, beside flow_step_id: which iteration or branch, and how many runs of it failed before.
alter table job add column flow_step_index integer, add column flow_step_failures smallint;

-- What a loop gave is one ordered read.
drop index job_by_parent;
create index job_by_parent on job (parent_job, flow_step_id, flow_step_index) where parent_job is not null;

create table flow_run (
  -- The frame's job.
  id uuid primary key,
  workspace_id text not null,
  -- The frame of the flow itself, whose job says the definition and the arguments.
  flow_id uuid not null,
  -- Which modules of it are the frame's.
  pointer json not null,
  -- The frame that started this one, and who this one is to it.
  parent_id uuid,
  module text,
  index integer,
  -- The result before the first module.
  before json not null,
  -- Whose events came last before it.
  resumed json,
  -- Null until the first transition.
  state json,
  version integer not null default 0,
  -- Whether a stop_after_if in it ended the loop around it.
  stopped boolean not null default false,
  -- What is awaited of people, by module.
  awaits json,
  -- Of a flow: the result that took the place of its arguments, and the one that its callers need wait for only.
  input json,
  early json,
  started_at timestamptz not null default clock_timestamp(),
  wait_ms bigint not null default 0,
  wake_at timestamptz,
  deadline_at timestamptz,
  -- Transitions that failed by a fault of ours, one after the other, and what the last one said; too many, and nobody tries again
  -- until somebody asks for it.
  faults smallint not null default 0,
  fault text,
  faulted_at timestamptz,
  constraint flow_run_iteration_has_parent check ((parent_id is null) = (module is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
create index flow_run_awake on flow_run (wake_at) where wake_at is not null;
create index flow_run_faulted on flow_run (faulted_at) where faulted_at is not null;

create table flow_past (like flow_run including defaults, primary key (id)) partition by range (id);
create table flow_past_default partition of flow_past default;

-- What happened to frames and no transition has taken in: written in the statement that makes it happen, deleted in the one that
-- takes it in.
create table flow_event (
  id bigint generated always as identity primary key,
  frame_id uuid not null,
  workspace_id text not null,
  kind text not null,
  module text not null,
  index integer not null default 0,
  failures smallint not null default 0,
  job_id uuid,
  status text,
  stopped boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  constraint flow_event_kind_is_known check (kind in ('ended', 'resumed')),
  constraint flow_event_ended_has_job check (kind <> 'ended' or (job_id is not null and status is not null))
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
create index flow_event_of_frame on flow_event (frame_id, id);

-- The items of a list that a loop goes through, by hundreds.
create table flow_item (
  frame_id uuid not null,
  module text not null,
  chunk integer not null,
  workspace_id text not null,
  items json not null,
  primary key (frame_id, module, chunk)
);

-- What people answered to a module that waits for them. A resume_id is used once.
create table flow_resume (
  frame_id uuid not null,
  module text not null,
  resume_id bigint not null,
  workspace_id text not null,
  payload json,
  approver text,
  approved boolean not null,
  at timestamptz not null default clock_timestamp(),
  primary key (frame_id, module, resume_id)
);
create index flow_resume_by_age on flow_resume (at);

alter table flow_run enable row level security;
alter table flow_run force row level security;
create policy of_the_workspace on flow_run using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_past enable row level security;
alter table flow_past force row level security;
create policy of_the_workspace on flow_past using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_past_default enable row level security;
alter table flow_past_default force row level security;
alter table flow_event enable row level security;
alter table flow_event force row level security;
create policy of_the_workspace on flow_event using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_item enable row level security;
alter table flow_item force row level security;
create policy of_the_workspace on flow_item using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_resume enable row level security;
alter table flow_resume force row level security;
create policy of_the_workspace on flow_resume using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- As in 0011, with the frames that are over.
create or replace function job_day_tables() returns table (parent text, key text) language sql immutable as $$
  values ('job_log', 'job_id'), ('job_result', 'job_id'), ('flow_past', 'id'), ('job_outcome', 'id'), ('job', 'id')
$$;

-- As in 0004, but slots without a job in a line are counted of keys without a window too: a flow keeps its slot while it waits, and its row
-- has none then (see store_flow_frames).
create or replace function settle_concurrency(keys text[], ended uuid[], starts timestamptz[]) returns setof text language plpgsql as $$
declare
  this concurrency_key;
  taken bigint;
begin
  for this in select * from concurrency_key where key = any (keys) order by key for update loop
    taken := 0;
    if this.window_s > 0 then
      insert into concurrency_slot (job_id, key, free_at)
      select e.id, this.key, e.started_at + this.window_s * interval '1 second'
      from unnest(keys, ended, starts) as e(key, id, started_at)
      where e.key = this.key and e.started_at + this.window_s * interval '1 second' > now()
      on conflict (job_id) do update set free_at = excluded.free_at;
      delete from concurrency_slot where key = this.key and free_at <= now();
    end if;
    select count(*) into taken from concurrency_slot where key = this.key and free_at > now();
    select taken + count(*) into taken from (
      select from job_queue q
      where q.concurrency_key = this.key and q.in_line and (q.id = any (ended)) is not true
      limit this.slots
    ) as held;
    return query
      with next as (
        select q.id, q.tag, q.priority, q.workspace_id,
          row_number() over (partition by q.tag, q.priority, q.workspace_id order by q.nth) as nth
        from (
          select id, tag, priority, workspace_id, row_number() over (order by priority desc, fair, id) as nth from (
            select id, tag, priority, workspace_id, fair from job_queue
            where concurrency_key = this.key and not in_line and state = 'blocked'
            order by priority desc, fair, id limit greatest(0, this.slots - taken) for update skip locked
          ) as locked
        ) as q
      ), places as (
        select tag, priority, workspace_id, queue_place(tag, priority, workspace_id) as place, queue_cost(workspace_id) as cost
        from next group by tag, priority, workspace_id
      )
      update job_queue q set state = 'ready', fair = p.place + ceil((n.nth - 1) * p.cost)::bigint
      from next n join places p using (tag, priority, workspace_id)
      where q.id = n.id
      returning q.tag;
  end loop;
end $$;

-- The slots of flows that have ended go on to others: tags that have ready jobs now.
create function free_flow_slots(ended uuid[]) returns setof text language plpgsql as $$
declare
  keys text[];
  ids uuid[];
begin
  with freed as (
    delete from concurrency_slot s where s.job_id = any (ended) and s.free_at = '9999-01-01' returning s.job_id, s.key
  )
  select array_agg(key), array_agg(job_id) into keys, ids from freed;
  if keys is null then return; end if;
  return query select settle_concurrency(keys, ids, array(
    select r.started_at from unnest(ids) with ordinality as i(id, nth) left join flow_run r on r.id = i.id order by i.nth));
end $$;

-- What follows the end of jobs with a sequel, of which the statuses are given. Frames that ended become past; a job of a step says
-- so to its frame, unless that is over as well; what is to be erased is noted, and a job that restarts is asked for anew, a second
-- later, unless somebody cancelled it. Whether something waits for a time now, of which the duties must be told.
create or replace function job_ended(ended uuid[], statuses text[]) returns boolean language plpgsql as $$
declare
  -- The range of the ids, so that PostgreSQL opens the partitions of their days only.
  lowest uuid := ended[1];
  highest uuid := ended[1];
  lasting boolean;
  noted integer;
  restarted integer;
begin
  if cardinality(ended) > 1 then
    select min(i::text)::uuid, max(i::text)::uuid into lowest, highest from unnest(ended) as i;
  end if;
  -- What is below frames of the same call needs nothing told.
  insert into flow_event (frame_id, workspace_id, kind, module, index, failures, job_id, status, stopped)
  select j.parent_job, j.workspace_id, 'ended', j.flow_step_id, coalesce(j.flow_step_index, 0), coalesce(j.flow_step_failures, 0),
    e.id, e.status, coalesce((select r.stopped from flow_run r where r.id = e.id), false)
  from unnest(ended, statuses) as e(id, status) cross join lateral (
    select q.parent_job, q.workspace_id, q.flow_step_id, q.flow_step_index, q.flow_step_failures from job q
    where q.id = e.id and q.id between lowest and highest and q.flow_step_id is not null and q.parent_job is not null offset 0
  ) as j
  where exists (select from flow_run f where f.id = j.parent_job) and not j.parent_job = any (ended);

  if exists (select from flow_run r where r.id = any (ended)) then
    perform free_flow_slots(ended);
    insert into flow_past select * from flow_run r where r.id = any (ended) on conflict (id) do nothing;
    delete from flow_event e where e.frame_id = any (ended);
    delete from flow_item i where i.frame_id = any (ended);
    delete from flow_run r where r.id = any (ended);
  end if;

  select bool_or(j.options->>'deleteAfterS' is not null or j.options->>'restart' = 'true') into lasting
  from unnest(ended) as e(id) cross join lateral (
    select q.options from job q where q.id = e.id and q.id between lowest and highest and q.options is not null offset 0
  ) as j;
  if lasting is not true then return false; end if;
  insert into job_erasure (id, due_at)
  select j.id, clock_timestamp() + (j.options->>'deleteAfterS')::integer * interval '1 second'
  from job j where j.id = any (ended) and j.options->>'deleteAfterS' is not null
  on conflict (id) do nothing;
  get diagnostics noted = row_count;
  with again as (
    select j.*, millrace_new_id() as new_id from unnest(ended, statuses) as e(id, status) join job j on j.id = e.id
    where e.status <> 'canceled' and j.options->>'restart' = 'true' and not exists (select from job_cancel c where c.id = j.id)
  ), asked as (
    insert into job (id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email,
      permissioned_as, trigger_kind, trigger_path, timeout_ms, attempts_max, priority, visible_to_owner, options)
    select new_id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email,
      permissioned_as, trigger_kind, trigger_path, timeout_ms, attempts_max, priority, visible_to_owner, options
    from again
  )
  insert into job_queue (id, workspace_id, tag, state, priority, due_at, concurrency_key, has_sequel)
  select new_id, workspace_id, tag, 'scheduled', priority, clock_timestamp() + interval '1 second', options->'concurrency'->>'key', true
  from again;
  get diagnostics restarted = row_count;
  return noted + restarted > 0;
end $$;

-- The result of a job that has ended, as JSON text.
create function job_result_text(of_job uuid) returns text language sql stable as $$
  select case when o.result_pieces is null then o.result::text else (
    select string_agg(r.chunk, '' order by r.seq) from job_result r
    where r.job_id = of_job and r.attempt = o.attempt and r.seq < o.result_pieces) end
  from job_outcome o where o.id = of_job
$$;

-- A frame, whether it is over or not.
create function flow_frame(of_frame uuid) returns setof flow_run language plpgsql stable rows 1 as $$
begin
  return query select * from flow_run where id = of_frame;
  if not found then
    return query select * from flow_past where id = of_frame;
  end if;
end $$;

-- The item that an iteration of a loop is about; of a loop without a list it is its number.
create function flow_item_text(of_frame uuid, of_module text, of_index integer) returns text language sql stable as $$
  select coalesce((
    select (i.items->(of_index % 100))::text from flow_item i
    where i.frame_id = of_frame and i.module = of_module and i.chunk = of_index / 100
  ), of_index::text)
$$;

-- The result of something that failed, whose error says which step it was.
create function name_failed_step(result text, step text) returns text language plpgsql immutable as $$
declare
  error json;
begin
  if result is null or json_typeof(result::json) <> 'object' then return result; end if;
  error := result::json->'error';
  if json_typeof(error) is distinct from 'object' or error->'step_id' is not null or error->'name' is null
    or (select count(*) from json_object_keys(result::json)) > 1 then
    return result;
  end if;
  return '{"error":' || regexp_replace(error::text, '\s*\}\s*$', ',"step_id":') || to_json(step)::text || '}}';
end $$;

-- What a reference to a result (ResultRef of the protocol) stands for, as JSON text; null where there is nothing.
create function flow_result(ref json) returns text language plpgsql stable as $$
declare
  frame flow_run;
  target uuid;
  step text;
begin
  case ref->>'kind'
    when 'job' then
      target := ref->>'id';
      if (select o.status from job_outcome o where o.id = target) = 'failure' then
        select j.flow_step_id into step from job j where j.id = target;
      end if;
      if step is not null then
        return name_failed_step(job_result_text(target), step);
      end if;
      return job_result_text(target);
    when 'children' then
      return (
        select '[' || coalesce(string_agg(coalesce(
          case when o.result_pieces is null then o.result::text else job_result_text(o.id) end, 'null'), ',' order by n), '') || ']'
        from generate_series(0, (ref->>'count')::integer - 1) as n
        left join (
          select j.flow_step_index, j.id from job j
          where j.parent_job = (ref->>'frame')::uuid and j.flow_step_id = ref->>'module'
            and j.flow_step_failures = (ref->>'failures')::smallint
        ) as c on c.flow_step_index = n
        left join job_outcome o on o.id = c.id
      );
    when 'input' then
      select * into frame from flow_frame((ref->>'frame')::uuid);
      if frame.flow_id <> frame.id then
        select * into frame from flow_frame(frame.flow_id);
      end if;
      if frame.input is not null then
        return flow_result(frame.input);
      end if;
      target := coalesce(frame.id, (ref->>'frame')::uuid);
      return coalesce((select j.args::text from job j where j.id = target), '{}');
    when 'item' then
      return flow_item_text((ref->>'frame')::uuid, ref->>'module', (ref->>'index')::integer);
    when 'error' then
      if ref->'result' is null then
        return json_build_object('error', ref->'error')::text;
      end if;
      return '{"error":' || regexp_replace((ref->'error')::text, '\s*\}\s*$', ',"result":')
        || coalesce(flow_result(ref->'result'), 'null') || '}}';
    when 'value' then
      return (ref->'value')::text;
    when 'before' then
      -- Iterations over a list know nothing of each other.
      if exists (select from flow_item i where i.frame_id = (ref->>'frame')::uuid and i.module = ref->>'module') then
        return null;
      end if;
      return (
        select flow_result(f.state#>array['ended', ref->>'step', 'result'])
        from (
          select j.id from job j where j.parent_job = (ref->>'frame')::uuid and j.flow_step_id = ref->>'module'
            and j.flow_step_index = (ref->>'index')::integer
          order by j.flow_step_failures desc limit 1
        ) as c cross join lateral flow_frame(c.id) as f
      );
    else
      return null;
  end case;
end $$;

-- Keeps what a frame gives as the result of its job: a short one is returned for the row of the outcome, a long one is written in
-- pieces, which are counted. A failure that does not say which step failed is told by `step`.
create function keep_flow_result(of_job uuid, workspace text, ref json, step text)
returns table (result text, pieces integer, bytes bigint) language plpgsql as $$
declare
  whole text := flow_result(ref);
begin
  if step is not null then
    whole := name_failed_step(whole, step);
  end if;
  bytes := octet_length(whole);
  if length(whole) <= 65536 or whole is null then
    result := whole;
    return next;
    return;
  end if;
  insert into job_result (job_id, attempt, seq, workspace_id, chunk)
  select of_job, 1, n, workspace, substr(whole, n * 1000000 + 1, 1000000)
  from generate_series(0, (length(whole) - 1) / 1000000) as n
  on conflict (job_id, attempt, seq) do update set chunk = excluded.chunk;
  pieces := (length(whole) - 1) / 1000000 + 1;
  return next;
end $$;

-- Stores transitions of frames, each of them whole or not at all: not where another one was stored since the frame was read, or its job has
-- ended. Whoever ends a frame, or says when it wakes, has its row of the queue first: so do those who cancel it. Rows are locked in
-- the order of their ids. `attempt` is that of the worker that has the frame in hand, which lets go of it. Without a state a frame is only
-- let go of.
create function store_flow_frames(transitions json)
returns table (id uuid, is_stored boolean, tags text[], is_scheduled boolean, cancel json) language plpgsql as $$
#variable_conflict use_column
declare
  t record;
  kept record;
  held job_queue;
  wakes timestamptz;
begin
  for t in
    select * from json_to_recordset(transitions) as x(id uuid, workspace_id text, version integer, flow_id uuid, pointer json,
      parent_id uuid, module text, index integer, before json, state json, awaits json, wakes boolean, after_ms double precision,
      is_due boolean, timeout_ms bigint, stopped boolean, started_at timestamptz, wait_ms bigint, input json, early json, taken bigint[],
      needs_row boolean, attempt smallint, status text, result json, step text)
    order by x.id
  loop
    id := t.id;
    is_stored := false;
    tags := null;
    is_scheduled := false;
    cancel := null;
    if t.needs_row then
      perform from job_queue q where q.id = t.id for update;
      if not found then
        return next;
        continue;
      end if;
    end if;
    if t.state is null then
      is_stored := true;
    elsif t.version is null then
      insert into flow_run as r (id, workspace_id, flow_id, pointer, parent_id, module, index, before, state, version, awaits, started_at,
        wait_ms, wake_at, deadline_at, stopped, input, early)
      values (t.id, t.workspace_id, t.flow_id, t.pointer, t.parent_id, t.module, t.index, t.before, t.state, 1, t.awaits, t.started_at,
        t.wait_ms, clock_timestamp() + t.after_ms * interval '1 millisecond', t.started_at + t.timeout_ms * interval '1 millisecond',
        t.stopped, t.input, t.early)
      on conflict (id) do nothing;
      is_stored := found;
    else
      -- A moment that has come is gone once it is taken in; one that is asked for takes the place of the one before.
      update flow_run r set state = t.state, version = r.version + 1, awaits = t.awaits, faults = 0, fault = null, faulted_at = null,
        stopped = t.stopped, started_at = case when r.version = 0 then t.started_at else r.started_at end,
        wait_ms = case when r.version = 0 then t.wait_ms else r.wait_ms end,
        input = coalesce(t.input, r.input), early = coalesce(t.early, r.early),
        wake_at = case when t.wakes then clock_timestamp() + t.after_ms * interval '1 millisecond' when t.is_due then null else r.wake_at end
      where r.id = t.id and r.version = t.version;
      is_stored := found;
    end if;
    if not is_stored then
      return next;
      continue;
    end if;
    if t.taken is not null then
      delete from flow_event e where e.id = any (t.taken);
    end if;
    if t.status is not null then
      select * into kept from keep_flow_result(t.id, t.workspace_id, t.result, t.step);
      delete from job_queue q where q.id = t.id returning q.* into held;
      insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, result_pieces,
        result_bytes)
      values (t.id, t.workspace_id, t.status, kept.result::json, t.started_at, clock_timestamp(),
        greatest(0, extract(epoch from clock_timestamp() - t.started_at) * 1000)::bigint, t.wait_ms, 1, kept.pieces, kept.bytes);
      if held.concurrency_key is not null and held.in_line then
        tags := array(select settle_concurrency(array[held.concurrency_key], array[t.id], array[held.started_at]));
      end if;
      tags := tags || array(select free_flow_slots(array[t.id]));
      is_scheduled := job_ended(array[t.id], array[t.status]);
    elsif t.needs_row then
      -- Only workers that are lost one after the other count against it: a flow may wait, and be claimed, any number of times.
      select least(r.wake_at, r.deadline_at) into wakes from flow_run r where r.id = t.id;
      update job_queue q set state = case when wakes is null then 'suspended' else 'scheduled' end, due_at = coalesce(wakes, q.due_at),
        worker_id = null, attempt = case when q.attempt > 30000 then 0 else q.attempt end,
        failures = case when q.attempt > 30000 then 0 else q.attempt end
      where q.id = t.id and (q.state in ('suspended', 'scheduled') or (q.state = 'running' and q.attempt = t.attempt))
      returning q.* into held;
      if held.concurrency_key is not null then
        insert into concurrency_slot (job_id, key, free_at) values (t.id, held.concurrency_key, '9999-01-01') on conflict (job_id) do nothing;
        update job_queue q set concurrency_key = null where q.id = t.id;
      end if;
      is_scheduled := wakes is not null;
      select to_json(c) into cancel from job_cancel c where c.id = t.id;
    end if;
    return next;
  end loop;
end $$;
