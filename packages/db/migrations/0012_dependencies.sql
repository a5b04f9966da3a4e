-- Locks of scripts are made by jobs after the deployment, and the version before serves until then. So which version runs at a path
-- is said by `serves`, and not by what is archived; the newest one that is not archived is still the head, which people see and edit.

-- lock: script: it comes before the first release, whose databases begin empty

alter table script
  add column serves boolean not null default false,
  -- Why the last lock of this version could not be made. A version that serves keeps the lock that it had.
  add column lock_error_logs text,
  -- The job that makes its lock, or made it last.
  add column lock_job uuid,
  -- How often its lock was made anew because something that it imports changed.
  add column lock_revision integer not null default 0;
update script set serves = true where not archived and not deleted;
-- One version at a path serves: also the way of every call that runs a script by path.
create unique index script_serving on script (workspace_id, path) where serves;

-- Dependency files of a workspace, for scripts of one language; the one without a name holds for all of them. Versioned: rows are
-- added, and the newest one that is not archived counts.
create table workspace_dependency (
  id bigserial primary key,
  workspace_id text not null references workspace,
  language text not null,
  name text not null default '',
  description text not null default '',
  content text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  archived boolean not null default false
);
create unique index workspace_dependency_head on workspace_dependency (workspace_id, language, name) where not archived;
create index workspace_dependency_versions on workspace_dependency (workspace_id, language, name, id desc);

-- What the head at a path imports itself: scripts by their paths, dependency files as `dependencies/<language>[/<name>]`. An imported
-- path need not exist.
create table script_import (
  workspace_id text not null references workspace,
  importer_path text not null,
  imported_path text not null,
  primary key (workspace_id, importer_path, imported_path)
);
create index script_import_by_imported on script_import (workspace_id, imported_path);

alter table workspace_dependency enable row level security;
alter table workspace_dependency force row level security;
create policy of_the_workspace on workspace_dependency using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table script_import enable row level security;
alter table script_import force row level security;
create policy of_the_workspace on script_import using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
