-- Flows that wait for people, and their repair: what a run waits for, results taken over from an earlier run, and who changed what of a run
-- that failed.
-- lock: flow_run: an index of the few frames that ask somebody; it comes before the first release, whose databases begin empty

create index flow_run_asks on flow_run (flow_id) where awaits is not null;

-- What a frame waits for of people, where nothing else of it is under way: itself, or what it is around. The first that asked where several
-- do; null where it waits for none.
create function flow_awaited(of_frame uuid) returns json language plpgsql stable as $$
declare
  asking flow_run;
begin
  select * into asking from flow_run r
  where r.id = of_frame and r.awaits is not null and r.state #>> '{current,phase}' = 'awaiting';
  if not found then
    if not exists (select from flow_run r where r.flow_id = of_frame and r.awaits is not null) then return null; end if;
    -- Of what it has started and has not ended, all that has started nothing itself must ask somebody.
    with recursive below as (
      select j.id from job j join job_queue q on q.id = j.id where j.parent_job = of_frame
      union all
      select j.id from below b join job j on j.parent_job = b.id join job_queue q on q.id = j.id
    ), ends as (
      select b.id from below b
      where not exists (select from job j join job_queue q on q.id = j.id where j.parent_job = b.id) limit 1000
    )
    select r.* into asking from ends e join flow_run r on r.id = e.id
    where r.awaits is not null and r.state #>> '{current,phase}' = 'awaiting'
      and not exists (select from ends o left join flow_run n on n.id = o.id
        where n.awaits is null or n.state #>> '{current,phase}' is distinct from 'awaiting')
    order by r.id limit 1;
    if not found then return null; end if;
  end if;
  return json_build_object('frame', asking.id, 'step', asking.state #> '{current,module}',
    'missing', greatest(1, coalesce((asking.awaits -> (asking.state #>> '{current,module}') ->> 'required')::integer, 1)
      - coalesce((asking.state #>> '{current,events,approvals}')::integer, 0)),
    'until', asking.wake_at, 'suspend', asking.awaits -> (asking.state #>> '{current,module}') -> 'suspend');
end $$;

-- As in 0017, with children that those of an earlier run stand for.
create or replace function flow_result(ref json) returns text language plpgsql stable as $$
declare
  frame flow_run;
  target uuid;
  step text;
  found bigint;
  whole text;
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
      if ref->'taken' is not null then
        return (
          select '[' || coalesce(string_agg(coalesce(
            case when o.result_pieces is null then o.result::text else job_result_text(o.id) end, 'null'), ',' order by n), '') || ']'
          from generate_series(0, (ref->>'count')::integer - 1) as n
          left join json_to_recordset(ref->'taken') as t(frame uuid, failures smallint, "from" integer, until integer)
            on n >= t."from" and n < t.until
          left join lateral (
            select j.id from job j where j.parent_job = coalesce(t.frame, (ref->>'frame')::uuid) and j.flow_step_id = ref->>'module'
              and j.flow_step_index = n and j.flow_step_failures = coalesce(t.failures, (ref->>'failures')::smallint)
          ) as c on true
          left join job_outcome o on o.id = c.id
        );
      end if;
      -- Each index has its job, as a rule: then the order is all, and no row is looked for in vain.
      select count(*), string_agg(coalesce(
          case when o.result_pieces is null then o.result::text else job_result_text(o.id) end, 'null'), ',' order by j.flow_step_index)
        into found, whole
      from job j left join job_outcome o on o.id = j.id
      where j.parent_job = (ref->>'frame')::uuid and j.flow_step_id = ref->>'module'
        and j.flow_step_failures = (ref->>'failures')::smallint and j.flow_step_index < (ref->>'count')::integer;
      if found = (ref->>'count')::integer then
        return '[' || coalesce(whole, '') || ']';
      end if;
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
          select j.id from job j
          where j.flow_step_id = ref->>'module' and j.flow_step_index = (ref->>'index')::integer and j.parent_job = coalesce((
            select t.frame from flow_frame((ref->>'frame')::uuid) as around
            cross join json_to_recordset(around.state #> '{current,cursor,taken}') as t(frame uuid, "from" integer, until integer)
            where around.state #>> '{current,module}' = ref->>'module'
              and (ref->>'index')::integer >= t."from" and (ref->>'index')::integer < t.until
          ), (ref->>'frame')::uuid)
          order by j.flow_step_failures desc limit 1
        ) as c cross join lateral flow_frame(c.id) as f
      );
    else
      return null;
  end case;
end $$;

-- Who changed what of a run that failed, and the run that goes on in its place: one for each, so that nothing goes on twice.
create table flow_fix (
  workspace_id text not null references workspace,
  run_id uuid not null,
  continued_by uuid not null,
  -- Runs that were fixed together.
  fix_id uuid not null,
  changed_by text not null,
  reason text,
  -- What was changed, with the hashes of what was there and of what is.
  changes json not null,
  -- Of the documents.
  before_hash text not null,
  after_hash text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, run_id)
);
create index flow_fix_by_successor on flow_fix (continued_by);
create index flow_fix_by_age on flow_fix (at);
alter table flow_fix enable row level security;
alter table flow_fix force row level security;
create policy of_the_workspace on flow_fix using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- What a run of a flow failed with, and at which step; null where it did not.
create function flow_failure(of_flow uuid) returns json language plpgsql stable as $$
declare
  failed json;
  error json;
begin
  select f.state->'failed' into failed from flow_frame(of_flow) f;
  error := coalesce(flow_result(failed->'result'), (select job_result_text(o.id) from job_outcome o where o.id = of_flow))::json->'error';
  if error is null or json_typeof(error) <> 'object' then return null; end if;
  return json_build_object('step', coalesce(error->>'step_id', failed->>'step'), 'name', error->>'name', 'message', error->>'message');
end $$;
