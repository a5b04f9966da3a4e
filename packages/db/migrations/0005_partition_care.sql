-- Partitions that are made beside running jobs, and how tables are vacuumed (docs/postgresql.md).

-- Days are only added to, and an erasure now and then makes a value null. So they are vacuumed for what was inserted, and frozen
-- by it at once: a day is never read again to keep transaction ids from wrapping around.
create function job_partition_storage() returns text language sql immutable as $$
  select 'autovacuum_vacuum_insert_threshold = 50000, autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_freeze_min_age = 0, '
    || 'autovacuum_analyze_scale_factor = 0.05'
$$;

-- Makes the partition of one table for one day (UTC); false when there is one. `create table … partition of` would lock the parent
-- against everyone: a table that is made by itself and attached locks only the default partition, for as long as it takes to
-- see that no row of the day is in it. Rows of the day that are there, because its partition came late, move first. Row-level
-- security has no policy here: whoever names a partition directly sees nothing.
create function make_job_partition(parent text, day date) returns boolean language plpgsql as $$
declare
  child text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
  key text := case parent when 'job_log' then 'job_id' else 'id' end;
  lower uuid := millrace_first_id(day::timestamp at time zone 'utc');
  upper uuid := millrace_first_id((day + 1)::timestamp at time zone 'utc');
begin
  perform pg_advisory_xact_lock(7262002);
  if to_regclass(child) is not null then return false; end if;
  execute format('create table %I (like %I including all) with (%s)', child, parent, job_partition_storage());
  execute format('with late as (delete from %I where %I >= $1 and %I < $2 returning *) insert into %I select * from late',
    parent, key, key, child) using lower, upper;
  execute format('alter table %I enable row level security', child);
  execute format('alter table %I force row level security', child);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, lower, upper);
  return true;
end $$;

-- All three tables of a day in one transaction.
create or replace function make_job_partitions(day date) returns void language plpgsql as $$
begin
  perform make_job_partition(parent, day) from unnest(array['job', 'job_outcome', 'job_log']) as parent;
end $$;

do $$
declare
  partition regclass;
begin
  for partition in select inhrelid from pg_inherits where inhparent in ('job'::regclass, 'job_outcome'::regclass, 'job_log'::regclass) loop
    execute format('alter table %s set (%s)', partition, job_partition_storage());
  end loop;
end $$;

-- Few rows that are written again and again: vacuumed by what died, not by how much there is, and without pauses.
alter table worker set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
alter table lease set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100);
alter table job_cancel set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
