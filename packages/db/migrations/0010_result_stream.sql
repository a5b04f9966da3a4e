-- What a job has said of its result while it runs, in pieces as in `job_log`; the outcome has the whole, so it is kept for a day.
create table job_stream (
  job_id uuid not null,
  seq integer not null,
  workspace_id text not null,
  starts_at integer not null,
  chunk text not null,
  primary key (job_id, seq)
);
alter table job_stream enable row level security;
alter table job_stream force row level security;
create policy of_the_workspace on job_stream using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
