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
