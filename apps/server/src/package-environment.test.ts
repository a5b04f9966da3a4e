import { expect, test } from 'vitest'
import { packageEnvironment } from './config.ts'

test('what says where packages come from is passed on, and nothing else of the server', () => {
  const passed = {
    HTTPS_PROXY: 'http://proxy.example',
    no_proxy: 'localhost',
    SSL_CERT_FILE: '/etc/ssl/certs/own.pem',
    PIP_INDEX_URL: 'https://user:secret@packages.example/simple',
    UV_DEFAULT_INDEX: 'https://packages.example/simple',
    npm_config_registry: 'https://packages.example',
    GOPROXY: 'https://packages.example',
    CARGO_REGISTRIES_OWN_INDEX: 'sparse+https://packages.example',
    CRAN_REPOSITORIES: 'https://packages.example',
  }
  const kept = {
    DATABASE_URL: 'postgresql://secret',
    MILLRACE_ADMIN_PASSWORD: 'secret',
    HOME: '/srv',
    PATH: '/bin',
    CARGO_HOME: '/srv/cargo',
    UV_CACHE_DIR: '/srv/cache',
    npm_config_user_agent: 'npm',
    npm_config_cache: '/srv/npm',
  }
  expect(packageEnvironment({ ...passed, ...kept })).toEqual(passed)
})
