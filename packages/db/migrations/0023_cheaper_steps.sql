-- Steps in the middle of flows with less work.

-- What advance_flows does (0018) where each transition takes in the end of a step, of a frame that is known, and does nothing but store
-- its state and start jobs: one statement, in which each list is read once. Both are equal in all that they write.
create function advance_steps(endings json, transitions json, jobs json, near uuid, near_tags text[]) returns json language plpgsql as $$
declare
  over uuid[];
  stored uuid[];
  begun json;
  untold uuid[];
  scheduled boolean := false;
begin
  with input as (
    select * from json_to_recordset(endings) as x(id uuid, worker uuid, worker_name text, attempt smallint, result text,
      memory_peak_bytes bigint, cpu_ms bigint, log_seq integer, log_starts_at integer, log_text text, log_bytes bigint)
  ), done as (
    delete from job_queue q using input i
    where q.id = i.id and q.attempt = i.attempt and (q.worker_id = i.worker) is true and q.state = 'running'
    returning q.workspace_id, q.started_at, q.due_at, i.*
  ), logged as (
    insert into job_log (job_id, seq, workspace_id, starts_at, chunk)
    select id, log_seq, workspace_id, log_starts_at, log_text from done where log_text is not null
    on conflict do nothing
  ), written as (
    insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, worker,
      memory_peak_bytes, cpu_ms, log_bytes)
    select id, workspace_id, 'success', result::json, started_at, clock_timestamp(),
      greatest(0, extract(epoch from clock_timestamp() - started_at) * 1000)::bigint,
      greatest(0, extract(epoch from started_at - due_at) * 1000)::bigint, attempt, worker_name, memory_peak_bytes, cpu_ms, log_bytes
    from done
  ), moved as (
    update flow_run r set state = t.state, version = r.version + 1, awaits = t.awaits, faults = 0, fault = null, faulted_at = null
    from json_to_recordset(transitions) as t(id uuid, version integer, state json, awaits json, ending uuid), done d
    where d.id = t.ending and r.id = t.id and r.version = t.version
    returning r.id, d.id as ending
  ), given as (
    select g.* from moved m, json_to_recordset(jobs) as g(frame uuid, nth integer, has_slot boolean, id uuid, workspace_id text, kind text,
      script_path text, script_hash text, language text, raw_code text, args json, tag text, created_by text, email text,
      permissioned_as text, parent_job uuid, root_job uuid, timeout_ms integer, attempts_max smallint, priority smallint,
      visible_to_owner boolean, options json, memory_mb integer, flow_step_id text, flow_step_index integer, flow_step_failures smallint)
    where g.frame = m.id
  ), asked as (
    insert into job (id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email,
      permissioned_as, parent_job, root_job, timeout_ms, attempts_max, priority, visible_to_owner, options, flow_step_id,
      flow_step_index, flow_step_failures)
    select id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email,
      permissioned_as, parent_job, root_job, timeout_ms, attempts_max, priority, visible_to_owner, options, flow_step_id,
      flow_step_index, flow_step_failures
    from given
  ), idle as materialized (
    select w.id from worker w
    where w.id = near and (
      select count(*) < 100 and bool_and(q.state <> 'ready') is not false
      from (select q.state from job_queue q where q.tag = any (near_tags) and q.in_line limit 100) as q)
    for key share skip locked
  ), queued as (
    insert into job_queue (id, workspace_id, tag, state, priority, fair, due_at, memory_mb, has_sequel, worker_id, attempt, started_at)
    select g.id, g.workspace_id, g.tag, case when idle.id is null then 'ready' else 'running' end, g.priority,
      case when idle.id is null then queue_place(g.tag, g.priority, g.workspace_id)
        + ceil(g.nth * queue_cost(g.workspace_id))::bigint else 0 end,
      now(), g.memory_mb, true, idle.id, case when idle.id is null then 0 else 1 end,
      case when idle.id is not null then clock_timestamp() end
    from given g left join idle on g.has_slot
    returning id, state, started_at
  )
  select array(select id from done), array(select id from moved),
    (select json_agg(json_build_object('id', id, 'started_ms', date_part('epoch', started_at) * 1000)) from queued where state = 'running'),
    array(select d.id from done d where not exists (select from moved m where m.ending = d.id))
  into over, stored, begun, untold;

  -- Somebody else has stored a transition of the frame meanwhile.
  if cardinality(untold) > 0 then
    scheduled := job_ended(untold, array(select 'success' from unnest(untold)));
  end if;
  return json_build_object('over', over, 'stored', stored, 'begun', begun, 'is_scheduled', scheduled);
end $$;
