-- Fair order, limits and nested waits (packages/queue/SPEC.md Q22 and on).
-- lock: workspace: some hundred rows; the check of them is over in milliseconds.
-- lock: job_queue: holds unfinished jobs only; a hundred thousand of them take some tenths of a second.

alter table workspace add column queue_weight real not null default 1
  constraint workspace_queue_weight_is_usable check (queue_weight between 0.1 and 100);

-- What few jobs have, as JobOptions of packages/queue writes it.
alter table job add column options json;

alter table job_queue
  -- Jobs with the same key share a limit; see concurrency_key.
  add column concurrency_key text,
  -- Memory that such jobs have been seen to need, in MiB; 0 is not known.
  add column memory_mb integer not null default 0,
  -- Runs that failed and are tried again; the others of `attempt` are lost workers.
  add column failures smallint not null default 0,
  -- Whether something follows its end; see job_ended.
  add column has_sequel boolean not null default false,
  add constraint job_queue_blocked_has_key check (state <> 'blocked' or concurrency_key is not null);
-- A claim must be cheap: it changes no column that an index names, so that PostgreSQL writes a second version of the row on its page
-- and touches no index (a heap-only update). A job that runs stays in its line for that reason, at the front, and whoever
-- walks a line passes over it; the rows of one worker are found by walking all, which only a lost worker asks for.
alter table job_queue
  set (fillfactor = 42),
  add column in_line boolean not null generated always as (state in ('ready', 'running')) stored,
  add column is_later boolean not null generated always as (state = 'scheduled') stored;
drop index job_queue_held;
drop index job_queue_order;
drop index job_queue_due;
create index job_queue_order on job_queue (tag, priority desc, fair, id) where in_line;
create index job_queue_due on job_queue (due_at) where is_later;
-- The last place of a tenant in a tag's line.
create index job_queue_tenant on job_queue (tag, priority, workspace_id, fair) where in_line;
create index job_queue_key on job_queue (concurrency_key, in_line, priority desc, fair, id) where concurrency_key is not null;

-- A key that limits how many of its jobs run at once. How many do is not kept here but counted, under a lock of the key's row, so
-- that no slot is ever lost or given twice.
create table concurrency_key (
  key text primary key,
  slots integer not null,
  window_s integer,
  used_at timestamptz not null default now(),
  constraint concurrency_key_slots_are_positive check (slots > 0)
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
) with (fillfactor = 50);

-- Keys by which a repeated call finds the job of the first one; forgotten after a day.
create table job_once (
  workspace_id text not null,
  key text not null,
  -- Of what was asked, so that the same key cannot be used for something else.
  digest text not null,
  job_id uuid not null,
  made_at timestamptz not null default now(),
  primary key (workspace_id, key)
);
create index job_once_by_age on job_once (made_at);

-- Calls that are gathered into one job, which waits in the queue until they are quiet.
create table job_debounce (
  workspace_id text not null,
  key text not null,
  job_id uuid not null,
  calls integer not null,
  first_at timestamptz not null,
  gathered json,
  primary key (workspace_id, key)
) with (fillfactor = 50);
create index job_debounce_by_age on job_debounce (first_at);

-- Jobs whose arguments, result and log are deleted at a time after their end.
create table job_erasure (
  id uuid primary key,
  due_at timestamptz not null
);
create index job_erasure_due on job_erasure (due_at);

-- Results that are used again for the same code and arguments.
create table result_cache (
  workspace_id text not null,
  key text not null,
  result json,
  expires_at timestamptz not null,
  primary key (workspace_id, key)
);
create index result_cache_by_age on result_cache (expires_at);

-- Memory that the jobs of a script have been seen to need.
create table script_memory (
  workspace_id text not null,
  script_path text not null,
  peak_mb integer not null,
  measured_at timestamptz not null default now(),
  primary key (workspace_id, script_path)
) with (fillfactor = 70);

alter table job_once enable row level security;
alter table job_once force row level security;
create policy of_the_workspace on job_once using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table job_debounce enable row level security;
alter table job_debounce force row level security;
create policy of_the_workspace on job_debounce using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table result_cache enable row level security;
alter table result_cache force row level security;
create policy of_the_workspace on result_cache using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table script_memory enable row level security;
alter table script_memory force row level security;
create policy of_the_workspace on script_memory using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- What is written never changes, but may be erased: arguments or result become null, nothing else.
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  if tg_table_name like 'job_outcome%' then old.result := null; else old.args := null; end if;
  if new::text = old::text then return new; end if;
  raise exception '% never changes once it is written', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

-- A UUIDv7 of now.
create function millrace_new_id() returns uuid language sql volatile as $$
  select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

-- What follows the end of jobs with a sequel, of which the statuses are given: what is to be erased is noted, and a job that
-- restarts is asked for anew, a second later, unless somebody cancelled it. Whether
-- something waits for a time now, of which the duties must be told.
create function job_ended(ended uuid[], statuses text[]) returns boolean language plpgsql as $$
declare
  noted integer;
  restarted integer;
begin
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

-- What a job of a workspace adds to the next one's place: 1,000 at weight 1.
create function queue_cost(tenant text) returns double precision language sql stable as $$
  select 1000 / coalesce((select queue_weight from workspace where id = tenant), 1)
$$;

-- Start-time fair queueing: the place of a tenant's next job is the further of the head of the line and one job after the tenant's
-- own last place. A line that has nobody begins at 0 again, so that tenants who enter it at once, unseen by each other until
-- they commit, stand beside each other. Jobs that enter a line by one statement all take their places from the line as it stood before it, which is what
-- a stable function sees.
create function queue_place(of_tag text, of_priority smallint, tenant text) returns bigint language sql stable as $$
  select greatest(
    coalesce((select fair from job_queue where tag = of_tag and priority = of_priority and in_line and state = 'ready' order by fair, id limit 1),
      0),
    coalesce((select fair + ceil(queue_cost(tenant))::bigint from job_queue
      where tag = of_tag and priority = of_priority and workspace_id = tenant and in_line and state = 'ready' order by fair desc limit 1), 0))
$$;

-- Lets blocked jobs of the keys in, in order, as far as slots are free: the tags that have ready jobs now. `ended` are jobs of these
-- keys that this transaction takes out of the queue, with the start of each: where the key has a time window, the slot of a job
-- stays taken until its start is that long ago. Locks one row a key, in the order of the keys; what is counted under the lock is
-- what others have committed, and whoever commits a change later comes here after us.
create function settle_concurrency(keys text[], ended uuid[], starts timestamptz[]) returns setof text language plpgsql as $$
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
      select count(*) into taken from concurrency_slot where key = this.key;
    end if;
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

-- Claims up to `wanted` ready jobs of the tags for a worker and returns them with what was asked. Tags are walked one by one:
-- always the one whose head has the highest priority, in turns (the order of `tags`) among equals, one priority at a time. `classes`
-- and `floors` say for each tag below which place of which priority nothing can stand, so that what was claimed before
-- and cannot be vacuumed yet is not walked again; a null knows nothing. `aged` of the jobs come from the line below the highest
-- priority whose head has waited longest, if longer than `patience`, so that nothing starves. It stops before a job that does not fit into
-- `memory_free_mb` (null: do not care); an idle worker takes its first job whatever it needs. A worker without a row claims
-- nothing: its row is locked against the keeper, which deletes it when it takes the jobs back.
create function claim_jobs(claimer uuid, tags text[], wanted integer, classes smallint[], floors bigint[], aged integer,
  patience interval, memory_free_mb integer, is_idle boolean)
returns table (id uuid, workspace_id text, kind text, script_path text, script_hash text, language text, raw_code text,
  args text, tag text, created_by text, email text, permissioned_as text, parent_job uuid, root_job uuid, timeout_ms integer,
  awaited boolean, options text, priority smallint, fair text, attempt smallint, failures smallint, memory_mb integer,
  started_ms double precision)
language plpgsql as $$
#variable_conflict use_column
declare
  ceilings smallint[] := array_fill(32767::smallint, array[cardinality(tags)]);
  -- The priority of each tag's floor; above all of them where there is none.
  known smallint[] := array(select coalesce(c.class, 32767) from unnest(classes) with ordinality as c(class, nth) order by c.nth);
  count integer := 0;
  batch uuid[];
  needs integer[];
  need bigint;
  got integer;
  is_tight boolean;
  turn integer;
  class smallint;
  asked integer;
  is_leased boolean := false;
  seeks_aged boolean := aged > 0;
  is_aged boolean := false;
begin
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
      -- Each bound is a plain value of the type of the column, or the index would not be asked for it.
      with head as materialized (
        select t.nth, coalesce(
          (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
             and q.priority > t.known and q.priority <= t.ceiling order by q.priority desc limit 1),
          (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
             and q.priority = t.known and q.priority <= t.ceiling and q.fair >= t.floor order by q.fair limit 1),
          (select q.priority from job_queue q where q.tag = t.tag and q.in_line and q.state = 'ready'
             and q.priority < t.known and q.priority <= t.ceiling order by q.priority desc limit 1)
        ) as priority
        from unnest(tags, known, floors, ceilings) with ordinality as t(tag, known, floor, ceiling, nth)
      )
      select h.nth, h.priority into turn, class from head h where h.priority is not null order by h.priority desc, h.nth limit 1;
      exit when turn is null;
      asked := wanted - count;
    end if;
    if not is_leased then
      perform from worker w where w.id = claimer for key share;
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
    return query
      with claimed as (
        update job_queue q set state = 'running', worker_id = claimer, attempt = q.attempt + 1, started_at = clock_timestamp()
        where q.id = any (batch)
        returning q.id, q.priority, q.fair, q.attempt, q.failures, q.memory_mb, q.started_at
      )
      select j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.language, j.raw_code, j.args::text, j.tag, j.created_by,
        j.email, j.permissioned_as, j.parent_job, j.root_job, j.timeout_ms, j.awaited, j.options::text, c.priority, c.fair::text,
        c.attempt, c.failures, c.memory_mb, date_part('epoch', c.started_at) * 1000
      from claimed c join job j on j.id = c.id order by c.fair, c.id;
    count := count + coalesce(cardinality(batch), 0);
    exit when is_tight;
    if got < asked and not is_aged then ceilings[turn] := class - 1; end if;
    is_aged := false;
  end loop;
end $$;
