-- Frames that end together do so in one statement for all of them.

-- As in 0017, but what follows an end (its outcome, the slots that it held, its row among those of the past) is done once for all frames
-- of the call that end, behind their transitions: each of these statements looks into the partitions of days, and is planned whenever it runs.
-- What there is for others to do after the ends is told with the first frame of them.
create or replace function store_flow_frames(transitions json)
returns table (id uuid, is_stored boolean, tags text[], is_scheduled boolean, cancel json) language plpgsql as $$
#variable_conflict use_column
declare
  t record;
  held job_queue;
  wakes timestamptz;
  over uuid[] := '{}';
  keys text[];
  holders uuid[];
  starts timestamptz[];
  freed text[];
  scheduled boolean;
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
      over := over || t.id;
      continue;
    end if;
    if t.needs_row then
      -- Only workers that are lost one after the other count against it: a flow may wait, and be claimed, any number of times.
      -- One that failed by a fault of ours waits as long as the keeper lets it wait, though its time has come.
      select case when r.faulted_at is null then least(r.wake_at, r.deadline_at)
        else greatest(least(r.wake_at, r.deadline_at), clock_timestamp() + power(4, least(r.faults, 8)) * interval '1 second') end
      into wakes from flow_run r where r.id = t.id and (r.wake_at is not null or r.deadline_at is not null);
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
  if over = '{}' then return; end if;

  with ending as (
    select * from json_to_recordset(transitions) as x(id uuid, workspace_id text, started_at timestamptz, wait_ms bigint, status text,
      result json, step text)
    where x.id = any (over)
  ), gone as (
    delete from job_queue q where q.id = any (over) returning q.id, q.concurrency_key, q.in_line, q.started_at
  ), written as (
    insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, result_pieces,
      result_bytes)
    select e.id, e.workspace_id, e.status, k.result::json, e.started_at, clock_timestamp(),
      greatest(0, extract(epoch from clock_timestamp() - e.started_at) * 1000)::bigint, e.wait_ms, 1, k.pieces, k.bytes
    from ending e cross join lateral keep_flow_result(e.id, e.workspace_id, e.result, e.step) as k
  )
  select array_agg(g.concurrency_key), array_agg(g.id), array_agg(g.started_at) into keys, holders, starts
  from gone g where g.concurrency_key is not null and g.in_line;
  if keys is not null then
    freed := array(select settle_concurrency(keys, holders, starts));
  end if;
  freed := freed || array(select free_flow_slots(over));
  scheduled := job_ended(over, array(
    select x.status from json_to_recordset(transitions) as x(id uuid, status text) join unnest(over) with ordinality as o(id, nth) using (id)
    order by o.nth));
  return query select o.id, true, case when o.nth = 1 then freed end, o.nth = 1 and scheduled, null::json
    from unnest(over) with ordinality as o(id, nth);
end $$;
