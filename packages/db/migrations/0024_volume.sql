-- Volumes: folders of a workspace that stay between runs. Their files are in the data folder of the workers that had them (a place);
-- a row says what is there, and that it is to be removed.

create table volume (
  workspace_id text not null references workspace,
  name text not null,
  -- Empty for one that was made by a call, and that no job had yet.
  place text not null default '',
  bytes bigint not null default 0,
  files bigint not null default 0,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- The last job that had it.
  used_by uuid,
  used_at timestamptz,
  -- Somebody removed it, and its files are there until a worker of the place is told.
  removed_at timestamptz,
  primary key (workspace_id, name, place)
);
create index volume_to_be_removed on volume (place) where removed_at is not null;

alter table volume enable row level security;
alter table volume force row level security;
create policy of_the_workspace on volume using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- What the inline scripts of a version of a flow import themselves, as in script_import: they are locked anew when it changes.
-- lock: flow_version: the column has a constant default, so that no row is written; the table is small
alter table flow_version add column imports text[] not null default '{}';
create index flow_version_by_import on flow_version using gin (imports);

-- What the lock was made for: a hash of the source and of all that it imports. Where that has changed since, a run pins its packages itself
-- until the lock is made anew.
alter table script add column lock_key text;
