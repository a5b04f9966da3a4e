-- Flows. A row of `flow` is a flow at its path, a row of `flow_version` one version of it, whose document lies in `flow_definition`
-- under its hash, which runs are pinned by. Of a version nothing changes but the locks of its inline scripts, with which a job makes
-- another document, and what is said about it: message, error handler.

create table flow_definition (
  workspace_id text not null references workspace,
  -- SHA-256 of the value as it was written, in hex.
  hash text not null,
  value json not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, hash),
  constraint flow_definition_hash_is_hex check (hash ~ '^[0-9a-f]{64}$')
);

create table flow (
  workspace_id text not null references workspace,
  path text not null,
  -- What people see and edit.
  head bigint not null,
  -- What runs: the newest version whose locks are made, or the head where there is none yet.
  serving bigint not null,
  archived boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, path)
);

create sequence flow_version_id;
create table flow_version (
  workspace_id text not null,
  id bigint not null default nextval('flow_version_id'),
  path text not null,
  hash text not null,
  summary text not null default '',
  description text not null default '',
  schema json,
  -- Settings as they were sent: tag, priority, timeout, ….
  options jsonb not null default '{}',
  -- Scripts and flows that are steps of it, as `script/<path>` and `flow/<path>`.
  steps text[] not null default '{}',
  deployment_message text,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Why the locks of its inline scripts could not be made.
  lock_error_logs text,
  -- The job that makes them, or made them last.
  lock_job uuid,
  -- Whether a job has still to make them.
  is_locking boolean not null default false,
  primary key (workspace_id, id),
  foreign key (workspace_id, hash) references flow_definition,
  foreign key (workspace_id, path) references flow on update cascade on delete cascade deferrable initially deferred
);
alter sequence flow_version_id owned by flow_version.id;
alter table flow add foreign key (workspace_id, head) references flow_version deferrable initially deferred;
alter table flow add foreign key (workspace_id, serving) references flow_version deferrable initially deferred;
create index flow_version_by_path on flow_version (workspace_id, path, id desc);
create index flow_version_by_step on flow_version using gin (steps);

-- Values that the scripts of a run keep for each other, by key.
create table flow_user_state (
  workspace_id text not null references workspace,
  flow_job uuid not null,
  key text not null,
  value json not null,
  updated_at timestamptz not null default now(),
  primary key (flow_job, key)
);
create index flow_user_state_by_age on flow_user_state (updated_at);

alter table flow enable row level security;
alter table flow force row level security;
create policy of_the_workspace on flow using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_definition enable row level security;
alter table flow_definition force row level security;
create policy of_the_workspace on flow_definition using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_version enable row level security;
alter table flow_version force row level security;
create policy of_the_workspace on flow_version using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_user_state enable row level security;
alter table flow_user_state force row level security;
create policy of_the_workspace on flow_user_state using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
