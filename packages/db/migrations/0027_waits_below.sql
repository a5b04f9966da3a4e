-- Runs that wait for people say so also where it is a flow that asks which they have called.
-- lock: flow_run: a column without a value, a trigger, and the index of the few frames that ask somebody; it comes before the first
-- release, whose databases begin empty

-- Of a frame that has asked somebody: the run at the top, as its job has it, by which all above find it; of one that is over too, for its row is the
-- same.
alter table flow_run add column root_id uuid;
alter table flow_past add column root_id uuid;
drop index flow_run_asks;
create index flow_run_asks_below on flow_run (root_id) where awaits is not null;

create function note_asking_root() returns trigger language plpgsql as $$
begin
  update flow_run r set root_id = coalesce(j.root_job, j.id) from job j where r.id = new.id and j.id = new.id;
  return null;
end $$;
-- After, not before: that would lock the row of each transition once more.
create trigger flow_run_notes_its_root after insert or update of awaits on flow_run
  for each row when (new.awaits is not null and new.root_id is null) execute function note_asking_root();
update flow_run r set root_id = coalesce(j.root_job, j.id) from job j where r.awaits is not null and j.id = r.id;

-- What a frame waits for of people, where nothing else of it is under way: itself, what it is around, or what it has called, however deep.
-- The first that asked where several do; null where it waits for none. `of_root` is the run at the top of its tree, by which frames of trees
-- in which nobody is asked cost one look into an index. `run` is the run of the flow that asks, where it is another one.
create function flow_awaited(of_frame uuid, of_root uuid) returns json language plpgsql stable as $$
declare
  asking flow_run;
begin
  if not exists (select from flow_run r where r.root_id = of_root and r.awaits is not null) then return null; end if;
  select * into asking from flow_run r
  where r.id = of_frame and r.awaits is not null and r.state #>> '{current,phase}' = 'awaiting';
  if not found then
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
  return json_build_object('frame', asking.id, 'run', nullif(asking.flow_id, (select r.flow_id from flow_run r where r.id = of_frame)),
    'step', asking.state #> '{current,module}',
    'missing', greatest(1, coalesce((asking.awaits -> (asking.state #>> '{current,module}') ->> 'required')::integer, 1)
      - coalesce((asking.state #>> '{current,events,approvals}')::integer, 0)),
    'until', asking.wake_at, 'suspend', asking.awaits -> (asking.state #>> '{current,module}') -> 'suspend');
end $$;
create or replace function flow_awaited(of_frame uuid) returns json language sql stable as $$
  select flow_awaited(of_frame, (select coalesce(j.root_job, j.id) from job j where j.id = of_frame))
$$;
