-- Who changed or took away what, where it cannot be read from the rows themselves. Entries are written in the transaction of what they
-- tell, and never change. Only rare deeds of administrators are in it: nothing that a job does.

create table audit (
  id bigint generated always as identity primary key,
  -- The workspace that it is about.
  workspace_id text not null,
  at timestamptz not null default clock_timestamp(),
  username text not null,
  email text not null,
  -- `noun.verb`, permanent.
  operation text not null,
  parameters json,
  constraint audit_operation_is_named check (operation ~ '^[a-z_]+\.[a-z_]+$')
);
create index audit_of_workspace on audit (workspace_id, id desc);
create index audit_of_operation on audit (operation, id desc);
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'an entry of the audit never changes' using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_is_final before update on audit for each row execute function refuse_audit_change();

alter table audit enable row level security;
alter table audit force row level security;
create policy of_the_workspace on audit using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
