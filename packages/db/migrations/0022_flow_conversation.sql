-- Conversations with flows that are chats. What is said is kept by the runs: a turn is a run, the message of the user is its argument and
-- the answer its result. So a conversation is as old as the runs that are kept.

create table flow_conversation (
  workspace_id text not null,
  id uuid not null,
  flow_path text not null,
  title text,
  created_by text not null,
  -- Begun with a document that was not deployed.
  is_test boolean not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id)
);
create index flow_conversation_of_person on flow_conversation (workspace_id, created_by, updated_at desc);
create index flow_conversation_unused on flow_conversation (updated_at);

create table flow_conversation_turn (
  workspace_id text not null,
  conversation_id uuid not null,
  -- Its run; where asking for it failed there is none.
  job_id uuid not null,
  begun_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, conversation_id, job_id),
  foreign key (workspace_id, conversation_id) references flow_conversation (workspace_id, id) on delete cascade
);

alter table flow_conversation enable row level security;
alter table flow_conversation force row level security;
create policy of_the_workspace on flow_conversation using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
alter table flow_conversation_turn enable row level security;
alter table flow_conversation_turn force row level security;
create policy of_the_workspace on flow_conversation_turn using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
