-- Who there is: instance-wide accounts, workspaces, and who is a member of which.
-- Every row of a workspace is guarded by row-level security: a connection sees the workspace named in the setting
-- millrace.workspace, all of them for '*', and nothing when it is not set.

create table workspace (
  id text primary key,
  name text not null,
  owner text not null,
  color text not null default '',
  created_at timestamptz not null default now(),
  deleted boolean not null default false
);

create table account (
  email text primary key,
  password_hash text,
  name text,
  username text,
  super_admin boolean not null default false,
  disabled boolean not null default false,
  created_at timestamptz not null default now(),
  constraint account_email_is_lower_case check (email = lower(email))
);

create table member (
  workspace_id text not null references workspace,
  username text not null,
  email text not null references account on update cascade,
  is_admin boolean not null default false,
  operator boolean not null default false,
  disabled boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (workspace_id, username),
  constraint member_once_in_a_workspace unique (workspace_id, email)
);
create index member_by_email on member (email);

alter table workspace enable row level security;
alter table workspace force row level security;
create policy of_the_workspace on workspace using (
  (select current_setting('millrace.workspace', true)) = '*' or id = (select current_setting('millrace.workspace', true)));

alter table member enable row level security;
alter table member force row level security;
create policy of_the_workspace on member using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- Tokens are kept as SHA-256; a prefix names one for its owner. A null workspace is a token for all of them.
create table token (
  hash bytea primary key,
  prefix text not null,
  email text not null references account on update cascade on delete cascade,
  kind text not null,
  label text,
  workspace_id text references workspace,
  scopes text[],
  read_only boolean not null default false,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz,
  constraint token_kind_is_known check (kind in ('session', 'user', 'login_link'))
);
create index token_by_owner on token (email, created_at desc);
create index token_by_expiry on token (expires_at) where expires_at is not null;

-- Keys and marks of the instance: signing key of job tokens, the leader's lease.
create table instance_value (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

create table lease (
  name text primary key,
  owner uuid not null,
  until timestamptz not null
);

insert into workspace (id, name, owner) values ('admins', 'Admins', 'admin@millrace.local');

-- Whether a document contains another. What jsonb cannot hold (a NUL in a string, half a surrogate pair) contains nothing,
-- and does not fail the query that asks.
create function json_contains(document json, part jsonb) returns boolean language plpgsql stable as $$
begin
  return document::jsonb @> part;
exception when data_exception or program_limit_exceeded then
  return false;
end $$;
