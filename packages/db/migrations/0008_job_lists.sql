-- Lists of jobs: newest first is by id within the days, for ids are minted in the order of time; the few ids that callers chose
-- themselves lie in the default partitions and are ordered by the time at which they were asked for.

-- lock: job: it comes before the first release, whose databases begin empty
-- lock: job_outcome: it comes before the first release, whose databases begin empty
-- lock: job_default: only jobs whose ids were chosen are in it

-- Two of the three indexes that ended with a time are followed by one that ends with the id; the third one goes.
drop index job_newest;
drop index job_by_path;
drop index job_outcome_newest;
create index job_by_path on job (workspace_id, script_path, id desc) where script_path is not null;
create index job_outcome_newest on job_outcome (workspace_id, id desc);
create index job_default_newest on job_default (workspace_id, created_at desc, id desc);

-- Whatever did not go well; costs nothing for a job that did.
create index job_outcome_unsuccessful on job_outcome (workspace_id, id desc, status) where status <> 'success';

-- For values that few jobs have: which blocks cannot hold them. The duty summarize-job-blocks and vacuum write them, inserts do not.
create index job_by_block on job using brin (id uuid_minmax_ops, created_by text_bloom_ops (n_distinct_per_range = 100),
  tag text_bloom_ops (n_distinct_per_range = 30), kind text_bloom_ops (n_distinct_per_range = 16),
  trigger_kind text_bloom_ops (n_distinct_per_range = 16), script_hash text_bloom_ops (n_distinct_per_range = 100))
  with (pages_per_range = 16);
create index job_outcome_by_block on job_outcome using brin (id uuid_minmax_ops,
  worker text_bloom_ops (n_distinct_per_range = 30), finished_at timestamptz_minmax_ops) with (pages_per_range = 16);

-- How many jobs of a time that is over have ended, so that nobody counts them again (the duty count-finished-jobs): of whole days, UTC,
-- and of the hours after them. The time is that of the id.
create table job_count (
  workspace_id text not null,
  since timestamptz not null,
  tag text not null,
  status text not null,
  jobs bigint not null,
  primary key (workspace_id, since, tag, status)
);
alter table job_count enable row level security;
alter table job_count force row level security;
create policy of_the_workspace on job_count using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- The times that were counted, without gaps from the oldest; one is counted again when jobs of it have ended since.
create table job_count_period (
  since timestamptz primary key,
  until timestamptz not null,
  unfinished bigint not null,
  counted_at timestamptz not null default now()
);
