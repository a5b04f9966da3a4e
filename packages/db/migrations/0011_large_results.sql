-- Results that are too large for a row of `job_outcome` lie here in pieces, written before the outcome that counts them. Pieces of an
-- attempt that did not write the outcome stay unread until their day goes.

create table job_result (
  job_id uuid not null,
  attempt smallint not null,
  seq integer not null,
  workspace_id text not null,
  chunk text not null,
  primary key (job_id, attempt, seq)
) partition by range (job_id);
create table job_result_default partition of job_result default;
alter table job_result enable row level security;
alter table job_result force row level security;
create policy of_the_workspace on job_result using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table job_result_default enable row level security;
alter table job_result_default force row level security;

-- Null pieces: the result is in `result`.
alter table job_outcome add column result_pieces integer, add column result_bytes bigint, add column log_bytes bigint;

-- The tables that have a partition for each day, and the column that the day is read from; `job` is the last, for it tells which
-- days there are.
create function job_day_tables() returns table (parent text, key text) language sql immutable as $$
  values ('job_log', 'job_id'), ('job_result', 'job_id'), ('job_outcome', 'id'), ('job', 'id')
$$;

-- As in 0005, with the key from the list.
create or replace function make_job_partition(parent text, day date) returns boolean language plpgsql as $$
declare
  child text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
  key text := (select t.key from job_day_tables() t where t.parent = make_job_partition.parent);
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

create or replace function make_job_partitions(day date) returns void language plpgsql as $$
begin
  perform make_job_partition(t.parent, day) from job_day_tables() t;
end $$;
