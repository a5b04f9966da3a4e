-- A claim of one job by a worker of one tag that knows where it took the last one walks from there: nothing is read of lines that stand below,
-- and the statement has a third of the parts, which PostgreSQL readies each time. Where a higher priority has come, or nothing is found
-- there, it goes on as any claim does. Else it is the function of 0029.
create or replace function claim_jobs(claimer uuid, tags text[], wanted integer, classes smallint[], floors bigint[], aged integer,
  patience interval, memory_free_mb integer, is_idle boolean)
returns table (id uuid, workspace_id text, kind text, script_path text, script_hash text, language text, raw_code text,
  args text, tag text, created_by text, email text, permissioned_as text, parent_job uuid, root_job uuid, timeout_ms integer,
  awaited boolean, options text, priority smallint, fair text, attempt smallint, failures smallint, memory_mb integer,
  started_ms double precision)
language plpgsql as $$
#variable_conflict use_column
declare
  -- The highest priority of each tag that has ready jobs; null where it has none, or all were taken.
  heads smallint[];
  count integer := 0;
  batch uuid[];
  lowest uuid;
  highest uuid;
  needs integer[];
  need bigint;
  got integer;
  is_tight boolean;
  turn integer;
  class smallint;
  floored smallint;
  asked integer;
  is_leased boolean := false;
  seeks_aged boolean := aged > 0;
  is_aged boolean := false;
  held record;
begin
  if wanted = 1 and aged = 0 then
    if classes[1] is not null and cardinality(tags) = 1 then
      update job_queue q set state = 'running', worker_id = claimer, attempt = q.attempt + 1, started_at = clock_timestamp()
      where q.id = (
          select p.id from job_queue p
          where p.tag = tags[1] and p.in_line and p.state = 'ready' and p.priority = classes[1] and p.fair >= floors[1]
            and not exists (select from job_queue h where h.tag = tags[1] and h.in_line and h.state = 'ready' and h.priority > classes[1])
          order by p.fair, p.id limit 1 for update of p skip locked)
        and (is_idle or (q.memory_mb <= memory_free_mb) is not false)
        and exists (select from worker w where w.id = claimer for key share skip locked)
      returning q.id, q.priority, q.fair, q.attempt, q.failures, q.memory_mb, q.started_at into held;
    end if;
    if not found then
      with line as materialized (
        select t.tag, t.nth, t.known, t.floor, case when t.known is null then
          (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
             order by q.priority desc limit 1)
        else coalesce(
          (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
             and q.priority > t.known order by q.priority desc limit 1),
          (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
             and q.priority = t.known and q.fair >= t.floor order by q.fair limit 1),
          (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
             and q.priority < t.known order by q.priority desc limit 1)
        ) end as priority
        from unnest(tags, classes, floors) with ordinality as t(tag, known, floor, nth)
      ), head as materialized (
        select l.tag, l.priority, case when l.priority = l.known then l.floor else -9223372036854775808 end as floor
        from line l where l.priority is not null order by l.priority desc, l.nth limit 1
      ), first as materialized (
        select q.id, q.memory_mb from job_queue q
        where q.tag = (select h.tag from head h) and q.in_line and q.state = 'ready' and q.priority = (select h.priority from head h)
          and q.fair >= (select h.floor from head h)
        order by q.fair, q.id limit 1 for update skip locked
      )
      update job_queue q set state = 'running', worker_id = claimer, attempt = q.attempt + 1, started_at = clock_timestamp()
      where q.id = (select f.id from first f where is_idle or (f.memory_mb <= memory_free_mb) is not false)
        and exists (select from worker w where w.id = claimer for key share skip locked)
      returning q.id, q.priority, q.fair, q.attempt, q.failures, q.memory_mb, q.started_at into held;
    end if;
    if found then
      return query select j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.language, j.raw_code, j.args::text, j.tag, j.created_by,
          j.email, j.permissioned_as, j.parent_job, j.root_job, j.timeout_ms, j.awaited, j.options::text, held.priority, held.fair::text,
          held.attempt, held.failures, held.memory_mb, date_part('epoch', held.started_at) * 1000
        from job j where j.id = held.id;
      return;
    end if;
  end if;
  while count < wanted loop
    turn := null;
    if seeks_aged then
      -- Of all lines below the highest priority, the one whose head has waited longest, if too long.
      with recursive line as (
        select t.tag, t.nth, (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
          order by q.priority desc limit 1) as priority
        from unnest(tags) with ordinality as t(tag, nth)
        union all
        select l.tag, l.nth, (select q.priority from job_queue q where q.tag = l.tag and q.in_line and q.state = 'ready'
          and q.priority < l.priority order by q.priority desc limit 1)
        from line l where l.priority is not null
      )
      select l.nth, l.priority into turn, class
      from line l cross join lateral (
        select q.due_at from job_queue q where q.tag = l.tag and q.in_line and q.state = 'ready' and q.priority = l.priority
        order by q.fair, q.id limit 1
      ) as head
      where l.priority < (select max(top.priority) from line top) and head.due_at < now() - patience
      order by head.due_at limit 1;
      seeks_aged := false;
      is_aged := turn is not null;
      asked := least(aged, wanted);
    end if;
    if turn is null then
      if heads is null and array_remove(classes, null) = '{}' then
        heads := array(
          select (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready' order by q.priority desc limit 1)
          from unnest(tags) with ordinality as t(tag, nth) order by t.nth);
      elsif heads is null then
        -- Each bound is a plain value of the type of the column, or the index would not be asked for it.
        heads := array(
          select case when t.known is null then
            (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
               order by q.priority desc limit 1)
          else coalesce(
            (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
               and q.priority > t.known order by q.priority desc limit 1),
            (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
               and q.priority = t.known and q.fair >= t.floor order by q.fair limit 1),
            (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
               and q.priority < t.known order by q.priority desc limit 1)
          ) end
          from unnest(tags, classes, floors) with ordinality as t(tag, known, floor, nth) order by t.nth);
      end if;
      exit when array_remove(heads, null) = '{}';
      turn := 1;
      if cardinality(tags) > 1 then
        select h.nth into turn from unnest(heads) with ordinality as h(priority, nth)
        where h.priority is not null order by h.priority desc, h.nth limit 1;
      end if;
      class := heads[turn];
      asked := wanted - count;
    end if;
    if not is_leased then
      perform from worker w where w.id = claimer for key share skip locked;
      exit when not found;
      is_leased := true;
    end if;
    select array_agg(p.id), array_agg(p.memory_mb), sum(p.memory_mb) into batch, needs, need
    from (
      select q.id, q.memory_mb from job_queue q
      where q.tag = tags[turn] and q.in_line and q.state = 'ready' and q.priority = class
        and q.fair >= case when class = classes[turn] then floors[turn] else -9223372036854775808 end
      order by q.fair, q.id limit asked for update skip locked
    ) as p;
    got := coalesce(cardinality(batch), 0);
    is_tight := need > memory_free_mb;
    if is_tight then
      need := 0;
      for nth in 1..got loop
        if need + needs[nth] > memory_free_mb and not (is_idle and nth = 1 and count = 0) then
          batch := batch[1:nth - 1];
          exit;
        end if;
        need := need + needs[nth];
      end loop;
    end if;
    memory_free_mb := memory_free_mb - coalesce(need, 0);
    lowest := batch[1];
    highest := lowest;
    if cardinality(batch) > 1 then
      select min(i::text)::uuid, max(i::text)::uuid into lowest, highest from unnest(batch) as i;
    end if;
    return query
      with claimed as (
        update job_queue q set state = 'running', worker_id = claimer, attempt = q.attempt + 1, started_at = clock_timestamp()
        where q.id = any (batch)
        returning q.id, q.priority, q.fair, q.attempt, q.failures, q.memory_mb, q.started_at
      )
      select j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.language, j.raw_code, j.args::text, j.tag, j.created_by,
        j.email, j.permissioned_as, j.parent_job, j.root_job, j.timeout_ms, j.awaited, j.options::text, c.priority, c.fair::text,
        c.attempt, c.failures, c.memory_mb, date_part('epoch', c.started_at) * 1000
      from claimed c cross join lateral (
        select * from job q where q.id = c.id and q.id between lowest and highest offset 0
      ) as j
      order by c.fair, c.id;
    count := count + coalesce(cardinality(batch), 0);
    exit when is_tight;
    if got < asked and not is_aged then
      floored := classes[turn];
      if floored < class then
        heads[turn] := coalesce(
          (select q.priority from job_queue q where q.tag = tags[turn] and q.in_line and q.state = 'ready'
             and q.priority > floored and q.priority < class order by q.priority desc limit 1),
          (select q.priority from job_queue q where q.tag = tags[turn] and q.in_line and q.state = 'ready'
             and q.priority = floored and q.fair >= floors[turn] order by q.fair limit 1),
          (select q.priority from job_queue q where q.tag = tags[turn] and q.in_line and q.state = 'ready'
             and q.priority < floored order by q.priority desc limit 1));
      else
        heads[turn] := (select q.priority from job_queue q where q.tag = tags[turn] and q.in_line and q.state = 'ready'
          and q.priority < class order by q.priority desc limit 1);
      end if;
    end if;
    is_aged := false;
  end loop;
end $$;
