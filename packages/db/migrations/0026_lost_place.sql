-- Hosts that flows stay on (same_worker, squash) and that no worker serves while steps wait for them: since when, so that a host that
-- starts again is waited for and one that is gone is not. A row goes when a worker serves the place again.

create table lost_place (
  -- The tag by which steps come to the host.
  tag text primary key,
  since timestamptz not null default clock_timestamp()
);
