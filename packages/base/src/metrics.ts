/** One figure and what tells it apart from others of its name. */
export interface MetricValue {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** Figures of one name. A counter only grows while its process lives, and its name ends with `_total`. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly values: readonly MetricValue[]
}

/** Reads figures as they are now. */
export type MetricSource = () => Promise<readonly Metric[]>

/** The media type of what `formatMetrics` writes. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** The text format of Prometheus. Metrics of one name from several sources become one. */
export function formatMetrics(metrics: readonly Metric[]): string {
  const byName = Map.groupBy(metrics, (metric) => metric.name)
  return [...byName.values()].map(formatOne).join('')
}

function formatOne(metrics: readonly Metric[]): string {
  const [first] = metrics
  if (!first) return ''
  const { name, help, type } = first
  const lines = metrics.flatMap(({ values }) => values.map((value) => `${name}${labelsOf(value)} ${value.value}\n`))
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelsOf({ labels = {} }: MetricValue): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
