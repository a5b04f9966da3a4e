import { problems, type Route } from '@millrace/contracts'
import { z } from 'zod'
import { VERSION_TEXT } from '../product-version.ts'
import { problemsOf } from './openapi.ts'
import { contractRoutes, type ContractRoute } from './contract-routes.ts'

/** The only script of the page: narrows the routes to those that hold every word. */
export const SEARCH_SCRIPT = `
const box = document.getElementById('search')
const items = [...document.querySelectorAll('details[data-words]')]
function narrow() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean)
  for (const item of items) item.hidden = !words.every((word) => item.dataset.words.includes(word))
  for (const part of document.querySelectorAll('section')) part.hidden = !part.querySelector('details:not([hidden])')
}
box.addEventListener('input', narrow)
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target === box) return
  event.preventDefault()
  box.focus()
})
if (location.hash) document.querySelector('details' + location.hash)?.setAttribute('open', '')
`

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
input { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem .75rem; margin: .5rem 0 1rem }
details { border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: 6px; margin: .35rem 0; padding: .4rem .75rem }
summary { cursor: pointer; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap }
summary b { font: 600 12px/1 ui-monospace, monospace; width: 3.5rem }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { overflow: auto; padding: .75rem; border-radius: 6px; background: color-mix(in srgb, currentColor 7%, transparent) }
h2 { margin: 1.75rem 0 .5rem; text-transform: capitalize } h3 { font-size: 14px; margin: 1rem 0 .25rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .2rem .75rem .2rem 0; vertical-align: top }
summary span { opacity: .75; margin-left: auto }
`

/** The reference of the API for people: one page that needs nothing else. */
export function referencePage(): string {
  const resources = Map.groupBy(contractRoutes, (each) => each.resource)
  const sections = [...resources].map(
    ([name, routes]) => `<section><h2>${escapeHtml(name)}</h2>${routes.map(routeHtml).join('\n')}</section>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Millrace API</title><style>${STYLE}</style></head><body>
<h1>Millrace API</h1>
<p>${escapeHtml(VERSION_TEXT)} · every address is below <code>/api</code> · <a href="/api/openapi.json">OpenAPI document</a></p>
<p>Send a token as <code>Authorization: Bearer &lt;token&gt;</code>. What fails replies
<code>{"code", "message", "detail", "requestId"}</code>.</p>
<input id="search" type="search" placeholder="Search routes (press /)" aria-label="Search routes" autocomplete="off">
${sections.join('\n')}
<script>${SEARCH_SCRIPT}</script></body></html>`
}

function routeHtml(registered: ContractRoute): string {
  const { name, route } = registered
  const words = `${name} ${route.method} ${route.path} ${route.summary}`.toLowerCase()
  return `<details id="${escapeHtml(name)}" data-words="${escapeHtml(words)}">
<summary><b>${route.method}</b><code>${escapeHtml(route.path)}</code><span>${escapeHtml(route.summary)}</span></summary>
<pre>${escapeHtml(curlOf(route))}</pre>
${schemaHtml('Query', route.query)}${bodyHtml(route)}${replyHtml(route)}
<h3>Problems</h3><table>${problemsOf(registered).map(problemHtml).join('')}</table></details>`
}

function problemHtml(code: keyof typeof problems): string {
  const { status, help } = problems[code]
  return `<tr><td>${status}</td><td><code>${code}</code></td><td>${escapeHtml(help)}</td></tr>`
}

function bodyHtml({ body }: Route): string {
  if (!body) return ''
  if (body.kind === 'json') return schemaHtml('Body', body.schema)
  const said = body.kind === 'text' ? body.description : 'Arguments by name, as JSON, a form or text.'
  return `<h3>Body</h3><p>${escapeHtml(said)}</p>`
}

function replyHtml({ reply }: Route): string {
  if ('schema' in reply)
    return schemaHtml(`Reply ${reply.status}${reply.kind === 'events' ? ', events' : ''}`, reply.schema)
  const said = 'description' in reply ? reply.description : ''
  return `<h3>Reply ${reply.status}</h3><p>${escapeHtml(said)}</p>`
}

function schemaHtml(title: string, schema: z.ZodType | undefined): string {
  if (!schema) return ''
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: title.startsWith('Reply') ? 'output' : 'input',
    unrepresentable: 'any',
  })
  return `<h3>${title}</h3><pre>${escapeHtml(JSON.stringify(rest, null, 2))}</pre>`
}

function curlOf(route: Route): string {
  const address = route.path.replace('*path', 'u/ann/hello').replace(/[:*](\w+)/g, '<$1>')
  const parts = [`curl${route.method === 'GET' ? '' : ` -X ${route.method}`} "$URL/api${address}"`]
  if (route.auth === 'user' || route.auth === 'superadmin') parts.push(`-H "authorization: Bearer $TOKEN"`)
  if (route.body && route.body.kind !== 'text') parts.push(`-H 'content-type: application/json' -d '{}'`)
  return parts.join(' \\\n  ')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
