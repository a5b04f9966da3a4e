-- What scripts call: variables, secrets, resources and their types, and what is known of a running job besides.

-- Secrets of a workspace are sealed under its key, which is sealed itself under the key of the instance.
create table workspace_key (
  workspace_id text primary key references workspace,
  sealed bytea not null,
  changed_at timestamptz not null default now(),
  changed_by text not null
);
alter table workspace_key enable row level security;
alter table workspace_key force row level security;
create policy of_the_workspace on workspace_key using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- A variable has a text, or as a secret a sealed one, which is bound to workspace, path and version.
create table variable (
  workspace_id text not null references workspace,
  path text not null,
  value text,
  sealed bytea,
  version bigint not null default 1,
  description text not null default '',
  account integer,
  is_oauth boolean not null default false,
  expires_at timestamptz,
  labels text[] not null default '{}',
  created_by text not null,
  created_at timestamptz not null default now(),
  edited_by text not null,
  edited_at timestamptz not null default now(),
  primary key (workspace_id, path),
  constraint variable_is_open_or_sealed check ((value is null) <> (sealed is null))
);
alter table variable enable row level security;
alter table variable force row level security;
create policy of_the_workspace on variable using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

create table resource (
  workspace_id text not null references workspace,
  path text not null,
  value json,
  description text not null default '',
  resource_type text not null,
  labels text[] not null default '{}',
  created_by text not null,
  created_at timestamptz not null default now(),
  edited_by text not null,
  edited_at timestamptz not null default now(),
  primary key (workspace_id, path)
);
create index resource_by_type on resource (workspace_id, resource_type, path);
alter table resource enable row level security;
alter table resource force row level security;
create policy of_the_workspace on resource using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- Types of the workspace admins are everybody's to see.
create table resource_type (
  workspace_id text not null references workspace,
  name text not null,
  schema json,
  description text not null default '',
  display_name text,
  format_extension text,
  is_fileset boolean not null default false,
  created_by text not null,
  edited_at timestamptz not null default now(),
  primary key (workspace_id, name)
);
alter table resource_type enable row level security;
alter table resource_type force row level security;
create policy of_the_workspace on resource_type using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));
create policy of_everybody on resource_type for select using (workspace_id = 'admins');

-- Secrets that a running job has read, sealed under the key of the instance: its log must not show them. The digest is keyed.
create table job_secret (
  workspace_id text not null references workspace,
  job_id uuid not null,
  digest bytea not null,
  sealed bytea not null,
  read_at timestamptz not null default now(),
  primary key (job_id, digest)
);
alter table job_secret enable row level security;
alter table job_secret force row level security;
create policy of_the_workspace on job_secret using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

-- How far a job says that it is, in percent.
create table job_progress (
  workspace_id text not null references workspace,
  job_id uuid primary key,
  percent smallint not null,
  told_at timestamptz not null default now(),
  constraint job_progress_is_percent check (percent between 0 and 100)
);
create index job_progress_by_age on job_progress (told_at);
alter table job_progress enable row level security;
alter table job_progress force row level security;
create policy of_the_workspace on job_progress using (
  (select current_setting('millrace.workspace', true)) = '*' or workspace_id = (select current_setting('millrace.workspace', true)));

insert into resource_type (workspace_id, name, display_name, description, schema, created_by) values
  ('admins', 'postgresql', 'PostgreSQL', 'A PostgreSQL database.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"host":{"type":"string","description":"Name or address of the server"},"port":{"type":"integer","description":"TCP port","default":5432},"user":{"type":"string","description":"Role"},"password":{"type":"string","description":"Password of the role","password":true},"dbname":{"type":"string","description":"Database"},"sslmode":{"type":"string","description":"How the connection is encrypted","enum":["disable","allow","prefer","require","verify-ca","verify-full"]},"root_certificate_pem":{"type":"string","description":"Certificate of the authority, in PEM","format":"textarea"}},"required":["host","user","dbname"],"order":["host","port","user","password","dbname","sslmode","root_certificate_pem"]}', 'millrace'),
  ('admins', 'mysql', 'MySQL', 'A MySQL or MariaDB database.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"host":{"type":"string","description":"Name or address of the server"},"port":{"type":"integer","description":"TCP port","default":3306},"user":{"type":"string","description":"User"},"password":{"type":"string","description":"Password of the user","password":true},"database":{"type":"string","description":"Database"},"ssl":{"type":"boolean","description":"Encrypt the connection","default":false}},"required":["host","user","database"],"order":["host","port","user","password","database","ssl"]}', 'millrace'),
  ('admins', 'ms_sql_server', 'Microsoft SQL Server', 'A Microsoft SQL Server database.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"host":{"type":"string","description":"Name or address of the server"},"port":{"type":"integer","description":"TCP port","default":1433},"user":{"type":"string","description":"Login"},"password":{"type":"string","description":"Password of the login","password":true},"dbname":{"type":"string","description":"Database"},"instance_name":{"type":"string","description":"Named instance"},"encrypt":{"type":"boolean","description":"Encrypt the connection","default":true},"trust_cert":{"type":"boolean","description":"Trust a certificate that is not signed by a known authority","default":false},"ca_cert":{"type":"string","description":"Certificate of the authority, in PEM","format":"textarea"}},"required":["host","dbname"],"order":["host","port","user","password","dbname","instance_name","encrypt","trust_cert","ca_cert"]}', 'millrace'),
  ('admins', 'oracledb', 'Oracle Database', 'An Oracle database.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"database":{"type":"string","description":"Connect descriptor, such as host:1521/service"},"user":{"type":"string","description":"User"},"password":{"type":"string","description":"Password of the user","password":true}},"required":["database","user"],"order":["database","user","password"]}', 'millrace'),
  ('admins', 'snowflake', 'Snowflake', 'A Snowflake account with a key pair.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"account_identifier":{"type":"string","description":"organisation-account"},"username":{"type":"string","description":"User"},"private_key":{"type":"string","description":"Private key of the user, in PEM","password":true,"format":"textarea"},"public_key":{"type":"string","description":"Public key of the user, in PEM","format":"textarea"},"database":{"type":"string","description":"Database"},"schema":{"type":"string","description":"Schema"},"warehouse":{"type":"string","description":"Warehouse"},"role":{"type":"string","description":"Role"}},"required":["account_identifier","username"],"order":["account_identifier","username","private_key","public_key","database","schema","warehouse","role"]}', 'millrace'),
  ('admins', 'bigquery', 'BigQuery', 'A service account of Google Cloud for BigQuery.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"type":{"type":"string","description":"Kind of account","default":"service_account"},"project_id":{"type":"string","description":"Project"},"private_key_id":{"type":"string","description":"Id of the key"},"private_key":{"type":"string","description":"Private key, in PEM","password":true,"format":"textarea"},"client_email":{"type":"string","description":"E-mail address of the account"},"client_id":{"type":"string","description":"Id of the account"},"auth_uri":{"type":"string","description":"","default":"https://accounts.google.com/o/oauth2/auth"},"token_uri":{"type":"string","description":"","default":"https://oauth2.googleapis.com/token"},"auth_provider_x509_cert_url":{"type":"string","description":""},"client_x509_cert_url":{"type":"string","description":""}},"required":["project_id","client_email","private_key"],"order":["type","project_id","private_key_id","private_key","client_email","client_id","auth_uri","token_uri","auth_provider_x509_cert_url","client_x509_cert_url"]}', 'millrace'),
  ('admins', 'gcp_service_account', 'Google Cloud service account', 'A service account of Google Cloud.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"type":{"type":"string","description":"Kind of account","default":"service_account"},"project_id":{"type":"string","description":"Project"},"private_key_id":{"type":"string","description":"Id of the key"},"private_key":{"type":"string","description":"Private key, in PEM","password":true,"format":"textarea"},"client_email":{"type":"string","description":"E-mail address of the account"},"client_id":{"type":"string","description":"Id of the account"},"token_uri":{"type":"string","description":"","default":"https://oauth2.googleapis.com/token"}},"required":["project_id","client_email","private_key"],"order":["type","project_id","private_key_id","private_key","client_email","client_id","token_uri"]}', 'millrace'),
  ('admins', 'mongodb', 'MongoDB', 'A MongoDB database.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"db":{"type":"string","description":"Database"},"tls":{"type":"boolean","description":"Encrypt the connection","default":true},"servers":{"type":"array","description":"Hosts","items":{"type":"object","properties":{"host":{"type":"string"},"port":{"type":"integer"}}}},"credential":{"type":"object","description":"Who signs in","properties":{"db":{"type":"string"},"username":{"type":"string"},"password":{"type":"string","password":true},"mechanism":{"type":"string"}}}},"required":["db","servers"],"order":["db","tls","servers","credential"]}', 'millrace'),
  ('admins', 'redis', 'Redis', 'A Redis or Valkey server.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"host":{"type":"string","description":"Name or address of the server"},"port":{"type":"integer","description":"TCP port","default":6379},"password":{"type":"string","description":"Password","password":true},"username":{"type":"string","description":"User"},"db":{"type":"integer","description":"Number of the database","default":0},"tls":{"type":"boolean","description":"Encrypt the connection","default":false}},"required":["host"],"order":["host","port","password","username","db","tls"]}', 'millrace'),
  ('admins', 'graphql', 'GraphQL', 'A GraphQL endpoint.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"base_url":{"type":"string","description":"Address of the endpoint"},"bearer_token":{"type":"string","description":"Bearer token","password":true},"custom_headers":{"type":"object","description":"Further headers"}},"required":["base_url"],"order":["base_url","bearer_token","custom_headers"]}', 'millrace'),
  ('admins', 'http', 'HTTP', 'An HTTP endpoint with what every request to it needs.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"base_url":{"type":"string","description":"Address that paths are added to"},"bearer_token":{"type":"string","description":"Bearer token","password":true},"headers":{"type":"object","description":"Further headers"}},"required":["base_url"],"order":["base_url","bearer_token","headers"]}', 'millrace'),
  ('admins', 's3', 'S3', 'A bucket of an S3-compatible object store.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"bucket":{"type":"string","description":"Bucket"},"region":{"type":"string","description":"Region"},"useSSL":{"type":"boolean","description":"Encrypt the connection","default":true},"endPoint":{"type":"string","description":"Host of the store, without the scheme"},"port":{"type":"integer","description":"TCP port"},"accessKey":{"type":"string","description":"Access key"},"secretKey":{"type":"string","description":"Secret key","password":true},"pathStyle":{"type":"boolean","description":"The bucket is in the path, not in the host name","default":false}},"required":["bucket","endPoint"],"order":["bucket","region","useSSL","endPoint","port","accessKey","secretKey","pathStyle"]}', 'millrace'),
  ('admins', 'aws', 'AWS', 'Keys of an AWS account.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"region":{"type":"string","description":"Region"},"awsAccessKeyId":{"type":"string","description":"Access key"},"awsSecretAccessKey":{"type":"string","description":"Secret key","password":true}},"required":["region","awsAccessKeyId","awsSecretAccessKey"],"order":["region","awsAccessKeyId","awsSecretAccessKey"]}', 'millrace'),
  ('admins', 'azure_blob', 'Azure Blob Storage', 'A container of Azure Blob Storage.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"accountName":{"type":"string","description":"Storage account"},"containerName":{"type":"string","description":"Container"},"accessKey":{"type":"string","description":"Access key","password":true},"endpoint":{"type":"string","description":"Host of the store, without the scheme"},"useSSL":{"type":"boolean","description":"Encrypt the connection","default":true}},"required":["accountName","containerName"],"order":["accountName","containerName","accessKey","endpoint","useSSL"]}', 'millrace'),
  ('admins', 'ftp', 'FTP', 'An FTP server.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"host":{"type":"string","description":"Name or address of the server"},"port":{"type":"integer","description":"TCP port","default":21},"user":{"type":"string","description":"User"},"password":{"type":"string","description":"Password","password":true},"secure":{"type":"boolean","description":"Use FTP over TLS","default":true}},"required":["host"],"order":["host","port","user","password","secure"]}', 'millrace'),
  ('admins', 'ssh', 'SSH', 'A machine that is reached by SSH.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"host":{"type":"string","description":"Name or address of the machine"},"port":{"type":"integer","description":"TCP port","default":22},"user":{"type":"string","description":"User"},"password":{"type":"string","description":"Password","password":true},"private_key":{"type":"string","description":"Private key, in PEM","password":true,"format":"textarea"}},"required":["host","user"],"order":["host","port","user","password","private_key"]}', 'millrace'),
  ('admins', 'smtp', 'SMTP', 'A server that sends e-mail.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"host":{"type":"string","description":"Name or address of the server"},"port":{"type":"integer","description":"TCP port","default":587},"user":{"type":"string","description":"User"},"password":{"type":"string","description":"Password","password":true}},"required":["host","port"],"order":["host","port","user","password"]}', 'millrace'),
  ('admins', 'slack', 'Slack', 'A Slack workspace, as a bot.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"token":{"type":"string","description":"Token of the bot","password":true}},"required":["token"],"order":["token"]}', 'millrace'),
  ('admins', 'discord_webhook', 'Discord webhook', 'A webhook of a Discord channel.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"webhook_url":{"type":"string","description":"Address of the webhook","password":true}},"required":["webhook_url"],"order":["webhook_url"]}', 'millrace'),
  ('admins', 'github', 'GitHub', 'GitHub, with a token.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"token":{"type":"string","description":"Token","password":true}},"required":["token"],"order":["token"]}', 'millrace'),
  ('admins', 'gitlab', 'GitLab', 'GitLab, with a token.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"baseUrl":{"type":"string","description":"Address of the server","default":"https://gitlab.com"},"token":{"type":"string","description":"Token","password":true}},"required":["token"],"order":["baseUrl","token"]}', 'millrace'),
  ('admins', 'git_repository', 'Git repository', 'A Git repository.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"url":{"type":"string","description":"Address, with credentials where they are needed","password":true},"branch":{"type":"string","description":"Branch; the default branch without"},"folder":{"type":"string","description":"Folder inside the repository"},"is_github_app":{"type":"boolean","description":"Sign in as a GitHub app","default":false}},"required":["url"],"order":["url","branch","folder","is_github_app"]}', 'millrace'),
  ('admins', 'openai', 'OpenAI', 'OpenAI, with a key.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"api_key":{"type":"string","description":"Key","password":true},"organization_id":{"type":"string","description":"Organisation"},"base_url":{"type":"string","description":"Address of another server with the same interface"}},"required":["api_key"],"order":["api_key","organization_id","base_url"]}', 'millrace'),
  ('admins', 'anthropic', 'Anthropic', 'Anthropic, with a key.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"apiKey":{"type":"string","description":"Key","password":true}},"required":["apiKey"],"order":["apiKey"]}', 'millrace'),
  ('admins', 'mistral', 'Mistral', 'Mistral, with a key.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"apiKey":{"type":"string","description":"Key","password":true}},"required":["apiKey"],"order":["apiKey"]}', 'millrace'),
  ('admins', 'kafka', 'Kafka', 'A Kafka cluster.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"brokers":{"type":"array","description":"host:port of the brokers","items":{"type":"string"}},"security":{"type":"object","description":"How to sign in","properties":{"label":{"type":"string"},"mechanism":{"type":"string"},"username":{"type":"string"},"password":{"type":"string","password":true}}}},"required":["brokers"],"order":["brokers","security"]}', 'millrace'),
  ('admins', 'mqtt', 'MQTT', 'An MQTT broker.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"broker":{"type":"string","description":"Name or address of the broker"},"port":{"type":"integer","description":"TCP port","default":1883},"credentials":{"type":"object","description":"Who signs in","properties":{"username":{"type":"string"},"password":{"type":"string","password":true}}},"tls":{"type":"object","description":"Encryption","properties":{"enabled":{"type":"boolean"},"ca_certificate":{"type":"string"}}}},"required":["broker"],"order":["broker","port","credentials","tls"]}', 'millrace'),
  ('admins', 'stripe', 'Stripe', 'Stripe, with a key.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"token":{"type":"string","description":"Secret key","password":true}},"required":["token"],"order":["token"]}', 'millrace'),
  ('admins', 'sendgrid', 'SendGrid', 'SendGrid, with a key.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"token":{"type":"string","description":"Key","password":true}},"required":["token"],"order":["token"]}', 'millrace'),
  ('admins', 'telegram', 'Telegram', 'A bot of Telegram.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"token":{"type":"string","description":"Token of the bot","password":true}},"required":["token"],"order":["token"]}', 'millrace'),
  ('admins', 'airtable', 'Airtable', 'Airtable, with a token.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"apiKey":{"type":"string","description":"Personal access token","password":true}},"required":["apiKey"],"order":["apiKey"]}', 'millrace'),
  ('admins', 'basic_http_auth', 'HTTP basic sign-in', 'A user name and a password.', '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"username":{"type":"string","description":"User"},"password":{"type":"string","description":"Password","password":true}},"required":["username","password"],"order":["username","password"]}', 'millrace'),
  ('admins', 'state', 'State', 'What a script remembers between its runs.', null, 'millrace'),
  ('admins', 'cache', 'Cache', 'A result that is kept.', null, 'millrace'),
  ('admins', 'any', 'Any value', 'Any JSON value.', null, 'millrace');
