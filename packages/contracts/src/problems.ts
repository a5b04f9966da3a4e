/** What a problem code means: its HTTP status, and one sentence of help for the reference. */
export interface ProblemInfo {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 431 | 500 | 503 | 504
  readonly help: string
}

/** Every problem that a reply may carry. Codes are permanent. */
export const problems = {
  'request.malformed': {
    status: 400,
    help: 'The body, a header or the URL cannot be read; the message names the place.',
  },
  'request.invalid': {
    status: 400,
    help: 'A field has a wrong type or value; `detail` lists each field and what it takes.',
  },
  'request.too_large': { status: 413, help: 'The body is larger than the server takes; send large data by reference.' },
  'request.unsupported_media_type': { status: 415, help: 'Send JSON, a form, or text, with a matching content type.' },
  'request.headers_too_large': { status: 431, help: 'The headers are too large; send fewer or shorter ones.' },
  'request.timed_out': { status: 408, help: 'The request did not arrive in time; send it again.' },
  'request.too_many': { status: 429, help: 'Too many requests; wait as `retry-after` says.' },
  'route.not_found': { status: 404, help: 'No such path; see the API reference.' },
  'route.method_not_allowed': { status: 405, help: 'The path exists with another method.' },
  'auth.required': { status: 401, help: 'Sign in, or send a token as `Authorization: Bearer`.' },
  'auth.bad_credentials': { status: 401, help: 'The e-mail address or the password is wrong.' },
  'auth.bad_link': {
    status: 401,
    help: 'The sign-in link was used or has expired; restart the server for a new one, or sign in with a password.',
  },
  'auth.forbidden': { status: 403, help: 'The caller has no right to do this; ask an administrator of the workspace.' },
  'auth.cross_site': {
    status: 403,
    help: 'A page of another site sent the cookie; send a token as `Authorization: Bearer` instead.',
  },
  'workspace.not_found': { status: 404, help: 'No such workspace, or the caller is not a member of it.' },
  'workspace.exists': { status: 409, help: 'Choose another id.' },
  'handler.invalid': {
    status: 400,
    help: 'The handler is no script or flow of the workspace that could run; name one as `script/<path>` or `flow/<path>`.',
  },
  'user.not_found': { status: 404, help: 'No member of the workspace has this name.' },
  'workspace_dependencies.not_found': {
    status: 404,
    help: 'The workspace has no such dependency file; see `workspace_dependencies/list`.',
  },
  'token.not_found': { status: 404, help: 'No token of the caller begins with this prefix.' },
  'script.not_found': { status: 404, help: 'No script has this path or hash in the workspace.' },
  'script.path_taken': {
    status: 409,
    help: 'A script exists at this path; send its hash as `parent_hash` to deploy a new version.',
  },
  'script.stale_parent': {
    status: 409,
    help: '`parent_hash` is not the newest version; read the script again and merge.',
  },
  'script.unknown_language': { status: 400, help: 'The language is not one of `GET /api/languages`.' },
  'script.invalid': {
    status: 400,
    help: 'The script cannot be parsed, or asks for something that it cannot have; the message names the line.',
  },
  'workflow.not_one': { status: 400, help: 'The job is no run of a workflow; give the id of one.' },
  'workflow.not_running': {
    status: 409,
    help: 'Only a workflow that runs keeps steps; it has ended, or another worker runs it.',
  },
  'workflow.step_known': {
    status: 409,
    help: 'The name stands for a step that is kept already; the workflow goes on with what is kept.',
  },
  'flow.not_found': { status: 404, help: 'No flow has this path or version in the workspace.' },
  'flow_conversation.not_found': {
    status: 404,
    help: 'The caller has no conversation with this id, or none with this flow; take a new UUID as `memory_id` to begin one.',
  },
  'flow_conversation.busy': {
    status: 409,
    help: 'The last run of the conversation has not ended; wait for it or cancel it.',
  },
  'flow.path_taken': { status: 409, help: 'A flow exists at this path; update it, or choose another path.' },
  'flow.stale_parent': {
    status: 409,
    help: '`parent_version` is not the newest version; read the flow again and merge.',
  },
  'flow.invalid': {
    status: 400,
    help: 'The document is no flow that could run; `detail.faults` lists code, module, place and what to do.',
  },
  'flow_run.not_found': { status: 404, help: 'The job is no run of a flow and no step of one.' },
  'flow_run.not_ended': { status: 409, help: 'The run goes on; cancel it or wait until it has ended.' },
  'flow_run.step_not_found': {
    status: 404,
    help: 'The run has not been at such a step, iteration or branch; see its `flow_status`.',
  },
  'flow_run.not_failed': {
    status: 409,
    help: 'The run did not fail, or not as the other one did; restart it instead.',
  },
  'flow_run.continued': {
    status: 409,
    help: 'Another run continues it already, see `jobs/flow/fixes/<run>`; fix that one.',
  },
  'approval.bad_signature': {
    status: 403,
    help: 'The address was not made for this step and this approver, or the key of the workspace has changed; ask for a new one.',
  },
  'approval.expired': { status: 403, help: 'The address is too old; ask for a new one.' },
  'approval.used': { status: 409, help: 'An answer with this resume id was given already; each counts once.' },
  'approval.not_waiting': { status: 409, help: 'The run does not wait for an answer: it has ended or gone on.' },
  'approval.not_allowed': {
    status: 403,
    help: 'The step asks for another approver: somebody signed in, of a group, or not who started the run.',
  },
  'variable.not_found': { status: 404, help: 'No variable has this path in the workspace.' },
  'variable.path_taken': { status: 409, help: 'A variable exists at this path; update it, or choose another path.' },
  'volume.not_found': { status: 404, help: 'The workspace has no volume of this name; see `volumes/list`.' },
  'volume.name_taken': { status: 409, help: 'The workspace has a volume of this name already; scripts can use it.' },
  'variable.not_decryptable': {
    status: 400,
    help: 'The value was not encrypted with the key of this workspace; send it plain, or set the key that it was encrypted with first.',
  },
  'variable.unreadable': {
    status: 409,
    help: 'The secret is encrypted with a key that the workspace does not have any more; write its value again.',
  },
  'variable.value_required': {
    status: 400,
    help: 'A secret becomes a plain variable only together with a new value; send `value`.',
  },
  'resource.not_found': { status: 404, help: 'No resource has this path in the workspace.' },
  'resource.path_taken': { status: 409, help: 'A resource exists at this path; update it, or choose another path.' },
  'resource.unresolved': {
    status: 422,
    help: 'A reference in the value leads nowhere, to itself, or to what the caller may not see; the message names it.',
  },
  'resource_type.not_found': {
    status: 404,
    help: 'No resource type has this name, or it is not this workspace’s own.',
  },
  'resource_type.name_taken': {
    status: 409,
    help: 'The workspace has a resource type of this name; update it, or choose another name.',
  },
  'job.not_found': {
    status: 404,
    help: 'No such job in the workspace, or it has not finished where a finished one is asked for.',
  },
  'job.exists': { status: 400, help: 'A job with this id exists; choose another `job_id` or leave it out.' },
  'job.not_importable': {
    status: 400,
    help: 'Jobs of this kind belong to others, or lack what they run: import the flow or the script that they are part of.',
  },
  'job.key_reused': {
    status: 409,
    help: 'The `Idempotency-Key` was used for another call; choose a new key for new content.',
  },
  'job.not_pending': { status: 400, help: 'The job has already ended.' },
  'config.not_found': { status: 404, help: 'No configuration has this name; see `GET /api/configs/list`.' },
  'tag.restricted': { status: 403, help: 'The tag is kept for other workspaces; choose another one.' },
  'tag.unresolved': {
    status: 400,
    help: 'The tag asks for an argument that the job does not have; send it, or run with another tag.',
  },
  'job.not_scheduled': { status: 400, help: 'The job is not due later: it waits for something else, or runs.' },
  'concurrency_group.in_use': {
    status: 409,
    help: 'Unfinished jobs have this key; cancel them or wait until they have ended.',
  },
  'queue.full': { status: 429, help: 'More jobs wait than `queue_limit` allows; try again as `retry-after` says.' },
  'server.fault': { status: 500, help: 'The fault is ours and has been logged under the request id.' },
  'server.unavailable': {
    status: 503,
    help: 'A part the server needs (the database) is away; try again as `retry-after` says.',
  },
  'job.wait_timed_out': { status: 504, help: 'The job goes on; read its result later from the `Location`.' },
} as const satisfies Readonly<Record<string, ProblemInfo>>

/** A permanent code, `noun.what_is_wrong`. */
export type ProblemCode = keyof typeof problems
