-- What a page of the queue is made of (packages/queue/SPEC.md Q35 and on).

-- How deep the line of a tag was and how long its head had waited, each 30 s while there was something to tell and once more
-- when it was over. Above workspaces: it says nothing of whose jobs they were.
create table queue_sample (
  at timestamptz not null,
  tag text not null,
  waiting integer not null,
  running integer not null,
  delay_ms bigint not null,
  primary key (at, tag),
  constraint queue_sample_is_not_negative check (waiting >= 0 and running >= 0 and delay_ms >= 0)
);

-- Tags and depths of what stands in no line. Nothing that a claim changes is in it: claims stay heap-only updates.
-- lock: job_queue: it has unfinished jobs only, which takes about a second for a million
create index job_queue_parked on job_queue (tag, is_later, workspace_id) where not in_line;
