-- What agents of flows remember of conversations.

create table agent_message (
  workspace_id text not null references workspace,
  -- The path of the flow, or who tries one out.
  scope text not null,
  memory_id text not null,
  -- The agent's step.
  step text not null,
  id bigint generated always as identity,
  -- In which run of the agent it was said, and where in it.
  run text not null,
  nth integer not null,
  message text not null,
  said_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, scope, memory_id, step, id),
  constraint agent_message_is_said_once unique (workspace_id, scope, memory_id, step, run, nth)
);
create index agent_message_old on agent_message (said_at);

alter table agent_message enable row level security;
alter table agent_message force row level security;
create policy of_the_workspace on agent_message using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
