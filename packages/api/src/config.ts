import { int, list, oneOf, secret, text } from '@millrace/base/settings'

/** Settings of the HTTP server. */
export const apiConfig = {
  port: int('PORT', 'TCP port to listen on; 0 takes a free one.', 8000, { max: 65_535 }),
  host: text('HOST', 'Address to listen on; 0.0.0.0 is every one of the machine.', '127.0.0.1'),
  baseUrl: text('BASE_URL', 'Address under which people reach the server, such as https://millrace.example.com.'),
  bodyLimitBytes: int('API_BODY_LIMIT_BYTES', 'Largest body of a request, in bytes.', 10_485_760, {
    min: 1024,
    max: 1_073_741_824,
  }),
  waitResultTimeoutS: int(
    'WAIT_RESULT_TIMEOUT_S',
    'How long a request may wait for the result of the job it started, in seconds.',
    20,
    { min: 1, max: 3600 },
  ),
  queueLimitWaitResult: int(
    'QUEUE_LIMIT_WAIT_RESULT',
    'Calls that wait for their result are refused while more jobs of their tag are ready than this; -1 is no limit.',
    -1,
    { min: -1, max: 1_000_000_000 },
  ),
  sessionDays: int('API_SESSION_DAYS', 'How long a sign-in lasts, in days.', 30, { min: 1, max: 3650 }),
  superadminSecret: secret(
    'MILLRACE_SUPERADMIN_SECRET',
    'A bearer token with the rights of a superadmin, for automation; at least 32 characters.',
    32,
  ),
  cookieSecure: oneOf(
    'API_COOKIE_SECURE',
    'Whether the cookie is for https only; auto: when the base URL or the request is https.',
    ['auto', 'always', 'never'],
    'auto',
  ),
  metricsOpen: oneOf(
    'METRICS_OPEN',
    'Whether /metrics answers without a token; otherwise it takes a superadmin’s.',
    ['true', 'false'],
    'false',
  ),
  trustedProxies: list('API_TRUSTED_PROXIES', 'Addresses whose X-Forwarded headers are believed.', []),
} as const
