-- Fair order, limits and nested waits (packages/queue/SPEC.md Q22 and on).

alter table workspace add column queue_weight real not null default 1
  constraint workspace_queue_weight_is_usable check (queue_weight between 0.1 and 100);

-- What few jobs have: {"concurrency":{"key","limit","windowS"},"retry":{...},"restart":true,"cacheTtlS":n,"deleteAfterS":n}.
alter table job add column options json;

alter table job_queue
  -- Jobs with the same key share a limit; see concurrency_key.
  add column concurrency_key text,
  -- Memory that such jobs have been seen to need, in MiB; 0 is not known.
  add column memory_mb integer not null default 0,
  -- Runs that failed and are tried again; the others of `attempt` are lost workers.
  add column failures smallint not null default 0,
  add constraint job_queue_blocked_has_key check (state <> 'blocked' or concurrency_key is not null);
-- The last place of a tenant in a tag's line.
create index job_queue_tenant on job_queue (tag, priority, workspace_id, fair) where state = 'ready';
create index job_queue_key on job_queue (concurrency_key, state, priority desc, fair, id) where concurrency_key is not null;

-- A key that limits how many of its jobs run at once. `held` counts its jobs that are ready or running and the slots below;
-- it is changed under a lock of the row only.
create table concurrency_key (
  key text primary key,
  slots integer not null,
  window_s integer,
  held integer not null default 0,
  used_at timestamptz not null default now(),
  constraint concurrency_key_slots_are_positive check (slots > 0),
  constraint concurrency_key_held_is_no_debt check (held >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200);

-- Slots of jobs that have ended and whose time window has not.
create table concurrency_slot (
  job_id uuid primary key,
  key text not null,
  free_at timestamptz not null
);
create index concurrency_slot_of_key on concurrency_slot (key, free_at);
create index concurrency_slot_by_time on concurrency_slot (free_at);

-- Running jobs that wait through the API for another job, which may use their slot until `until`.
create table job_wait (
  waiter_id uuid not null,
  child_id uuid not null,
  until timestamptz not null,
  primary key (waiter_id, child_id)
);

-- Virtual time of a line whose rows are all taken: a million times faster than jobs can be served, so it never stands behind.
create function queue_idle_time() returns bigint language sql volatile as $$
  select (extract(epoch from clock_timestamp()) * 1000000)::bigint * 1000
$$;

-- Start-time fair queueing: the place after which the next job of a tenant stands is the further of the head of the line and
-- the tenant's own last place.
create function queue_place(of_tag text, of_priority smallint, tenant text) returns bigint language sql volatile as $$
  select greatest(
    coalesce((select fair from job_queue where tag = of_tag and priority = of_priority and state = 'ready' order by fair, id limit 1),
      queue_idle_time()),
    coalesce((select fair from job_queue where tag = of_tag and priority = of_priority and workspace_id = tenant and state = 'ready'
      order by fair desc limit 1), 0))
$$;

-- What a job of a workspace adds to its place: 1,000 at weight 1.
create function queue_cost(tenant text) returns double precision language sql stable as $$
  select 1000 / coalesce((select queue_weight from workspace where id = tenant), 1)
$$;

-- Gives back what ended jobs held (`ended`, with the start of each) and lets blocked jobs of the keys in, in order, as far as
-- slots are free. The tags that have ready jobs now. Locks one row a key, in the order of the keys.
create function settle_concurrency(keys text[], ended uuid[], starts timestamptz[]) returns setof text language plpgsql as $$
declare
  this concurrency_key;
  given integer;
  taken integer;
begin
  for this in select * from concurrency_key where key = any (keys) order by key for update loop
    with gone as (
      select e.id, e.started_at + this.window_s * interval '1 second' as free_at
      from unnest(keys, ended, starts) as e(key, id, started_at) where e.key = this.key and e.id is not null
    ), kept as (
      insert into concurrency_slot (job_id, key, free_at)
      select id, this.key, free_at from gone where free_at > now()
      on conflict (job_id) do update set free_at = excluded.free_at
    ), expired as (
      delete from concurrency_slot where key = this.key and free_at <= now() returning 1
    )
    select (select count(*) from gone where free_at is null or free_at <= now()) + (select count(*) from expired) into given;
    this.held := greatest(0, this.held - given);
    return query
      with next as (
        select q.id, q.tag, q.priority, q.workspace_id,
          row_number() over (partition by q.tag, q.priority, q.workspace_id order by q.fair, q.id) as nth
        from (
          select id, tag, priority, workspace_id, fair from job_queue
          where concurrency_key = this.key and state = 'blocked'
          order by priority desc, fair, id limit greatest(0, this.slots - this.held) for update skip locked
        ) as q
      ), places as (
        select tag, priority, workspace_id, queue_place(tag, priority, workspace_id) as place, queue_cost(workspace_id) as cost
        from next group by tag, priority, workspace_id
      )
      update job_queue q set state = 'ready', fair = p.place + ceil(n.nth * p.cost)::bigint
      from next n join places p using (tag, priority, workspace_id)
      where q.id = n.id
      returning q.tag;
    get diagnostics taken = row_count;
    update concurrency_key set held = this.held + taken, used_at = now() where key = this.key;
  end loop;
end $$;

-- Claims up to `wanted` ready jobs of the tags for a worker and returns them with what was asked. Tags are walked one by one:
-- always the one whose head has the highest priority, in turns (the order of `tags`) among equals, one priority at a time. `classes`
-- and `floors` say for each tag below which place of which priority nothing can stand, so that what was claimed before
-- and cannot be vacuumed yet is not walked again; a null knows nothing. `aged` of the jobs come from the lowest priorities
-- whose head has waited longer than `patience`, so that nothing starves. It stops before a job that does not fit into
-- `memory_free_mb` (null: do not care); an idle worker takes its first job whatever it needs. A worker without a row claims
-- nothing: its row is locked against the keeper, which deletes it when it takes the jobs back.
create function claim_jobs(claimer uuid, tags text[], wanted integer, classes smallint[], floors bigint[], aged integer,
  patience interval, memory_free_mb integer, is_idle boolean)
returns table (id uuid, workspace_id text, kind text, script_path text, script_hash text, language text, raw_code text,
  args text, tag text, created_by text, email text, permissioned_as text, parent_job uuid, root_job uuid, timeout_ms integer,
  awaited boolean, options text, priority smallint, fair text, attempt smallint, failures smallint, memory_mb integer,
  concurrency_key text, started_at timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
  ceilings smallint[] := array_fill(32767::smallint, array[cardinality(tags)]);
  taken uuid[] := '{}';
  batch uuid[];
  turn integer;
  class smallint;
  asked integer;
  is_leased boolean := false;
  seeks_aged boolean := aged > 0;
  is_aged boolean := false;
begin
  while cardinality(taken) < wanted loop
    turn := null;
    if seeks_aged then
      -- The lowest priority with a head that waited too long, where there are higher ones.
      select t.nth, low.priority into turn, class
      from unnest(tags) with ordinality as t(tag, nth)
      cross join lateral (
        select q.priority from job_queue q where q.tag = t.tag and q.state = 'ready' order by q.priority limit 1
      ) as low
      cross join lateral (
        select q.due_at from job_queue q where q.tag = t.tag and q.state = 'ready' and q.priority = low.priority
        order by q.fair, q.id limit 1
      ) as head
      where head.due_at < now() - patience
        and exists (select from job_queue q where q.tag = t.tag and q.state = 'ready' and q.priority > low.priority)
      order by head.due_at limit 1;
      seeks_aged := false;
      is_aged := turn is not null;
      asked := least(aged, wanted);
    end if;
    if turn is null then
      select t.nth, head.priority into turn, class
      from unnest(tags, classes, floors, ceilings) with ordinality as t(tag, class, floor, ceiling, nth)
      cross join lateral (
        select coalesce(
          (select q.priority from job_queue q where q.tag = t.tag and q.state = 'ready'
             and q.priority > coalesce(t.class, 32767) and q.priority <= t.ceiling order by q.priority desc limit 1),
          (select q.priority from job_queue q where q.tag = t.tag and q.state = 'ready'
             and q.priority = t.class and q.priority <= t.ceiling and q.fair >= t.floor order by q.fair limit 1),
          (select q.priority from job_queue q where q.tag = t.tag and q.state = 'ready'
             and q.priority < coalesce(t.class, 32767) and q.priority <= t.ceiling order by q.priority desc limit 1)
        ) as priority
      ) as head
      where head.priority is not null
      order by head.priority desc, t.nth limit 1;
      exit when turn is null;
      asked := wanted - cardinality(taken);
    end if;
    if not is_leased then
      perform from worker w where w.id = claimer for key share;
      exit when not found;
      is_leased := true;
    end if;
    with picked as materialized (
      select q.id, q.fair, q.memory_mb from job_queue q
      where q.tag = tags[turn] and q.state = 'ready' and q.priority = class
        and q.fair >= case when class = classes[turn] then floors[turn] else -9223372036854775808 end
      order by q.fair, q.id limit asked for update skip locked
    ), fitting as (
      select p.id from (
        select p.id, sum(p.memory_mb) over (order by p.fair, p.id) as need, row_number() over (order by p.fair, p.id) as nth
        from picked p) as p
      where memory_free_mb is null or p.need <= memory_free_mb or (is_idle and p.nth = 1 and cardinality(taken) = 0)
    ), claimed as (
      update job_queue q set state = 'running', worker_id = claimer, attempt = q.attempt + 1, started_at = clock_timestamp()
      where q.id = any (array(select f.id from fitting f))
      returning q.id, q.memory_mb
    )
    select array_agg(c.id), coalesce(memory_free_mb - sum(c.memory_mb), memory_free_mb)::integer into batch, memory_free_mb from claimed c;
    taken := taken || coalesce(batch, '{}');
    if coalesce(cardinality(batch), 0) < asked and not is_aged then ceilings[turn] := class - 1; end if;
    is_aged := false;
  end loop;
  if cardinality(taken) = 0 then return; end if;
  return query
    select j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.language, j.raw_code, j.args::text, j.tag, j.created_by,
      j.email, j.permissioned_as, j.parent_job, j.root_job, j.timeout_ms, j.awaited, j.options::text, q.priority, q.fair::text,
      q.attempt, q.failures, q.memory_mb, q.concurrency_key, q.started_at
    from unnest(taken) with ordinality as t(id, nth) join job_queue q on q.id = t.id join job j on j.id = t.id
    order by t.nth;
end $$;
