-- A row is one immutable version of a script; the newest one at a path that is not archived is the one that runs.
create table script (
  workspace_id text not null references workspace,
  hash text not null,
  path text not null,
  parent_hash text,
  summary text not null default '',
  description text not null default '',
  content text not null,
  language text not null,
  kind text not null default 'script',
  schema json,
  lock text,
  tag text,
  timeout_s integer,
  auto_kind text,
  has_preprocessor boolean not null default false,
  options jsonb not null default '{}',
  deployment_message text,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  archived boolean not null default false,
  deleted boolean not null default false,
  primary key (workspace_id, hash),
  constraint script_hash_is_hex check (hash ~ '^[0-9a-f]{16}$'),
  constraint script_kind_is_known check (kind in ('script', 'failure', 'trigger', 'command', 'approval', 'preprocessor'))
);
create index script_by_path on script (workspace_id, path, created_at desc);
-- At most one head at a path: two deployments at once cannot both become it.
create unique index script_head on script (workspace_id, path) where not archived and not deleted;
create index script_newest on script (workspace_id, created_at desc) where not archived and not deleted;

alter table script enable row level security;
alter table script force row level security;
create policy of_the_workspace on script using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
