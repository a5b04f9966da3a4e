import { expect, test } from 'vitest'
import { credentialsIn, Redactor } from './credentials.ts'

test.each<[string, string, readonly string[]]>([
  ['PIP_INDEX_URL', 'https://ada:p%40ss1@packages.example/simple', ['p%40ss1', 'p@ss1', 'YWRhOnBAc3Mx']],
  ['UV_INDEX', 'own=https://ghp_0123456789@packages.example/simple', ['ghp_0123456789']],
  ['CARGO_REGISTRIES_OWN_TOKEN', 'cargo-secret', ['cargo-secret']],
  ['MILLRACE_NPMRC', 'always-auth=true\n//npm.example/:_authToken=npm-secret\n', ['npm-secret']],
  ['MILLRACE_BUNFIG_INSTALL_SCOPES', 'own = { url = "https://npm.example", token = "bun-secret" }', ['bun-secret']],
  ['MILLRACE_MAVEN_SETTINGS', '<server><id>own</id><password>maven secret</password></server>', ['maven secret']],
  ['MILLRACE_NUGET_CONFIG', '<add key="ClearTextPassword" value="nuget-secret" />', ['nuget-secret']],
  ['MILLRACE_COMPOSER_REPOSITORIES', '{"http-basic": {"h": {"password": "php-secret"}}}', ['php-secret']],
  ['GOPROXY', 'https://packages.example,direct', []],
  ['PIP_INDEX_URL', 'https://packages.example:8443/a@b/simple', []],
])('credentials in %s: %s', (name, value, found) => {
  expect(credentialsIn({ [name]: value })).toEqual(found)
})

test('a credential that comes in two pieces is not shown, and nothing else is lost', () => {
  let shown = ''
  const redactor = new Redactor(['s3cret-word'], (text) => (shown += text))
  for (const piece of ['fetching https://ada:s3c', 'ret-word@host\nthen s3c', 'ond\nends with s3cret'])
    redactor.write(piece)
  redactor.end()
  expect(shown).toBe('fetching https://ada:***@host\nthen s3cond\nends with s3cret')
})
