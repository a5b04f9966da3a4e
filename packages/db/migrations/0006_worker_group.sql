-- What a superadmin edits while everything runs: configurations (a worker group is `worker__<group>`) and settings.

create table config (
  name text primary key,
  config json not null default '{}',
  changed_at timestamptz not null default now(),
  changed_by text not null,
  constraint config_is_an_object check (json_typeof(config) = 'object')
);

create table setting (
  key text primary key,
  value json not null,
  changed_at timestamptz not null default now(),
  changed_by text not null
);

alter table worker
  add column worker_group text not null default 'default',
  add column host text not null default '',
  add column ip text,
  add column jobs_executed bigint not null default 0;
