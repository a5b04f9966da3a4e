import type { LineTenant } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { links } from '../../links.ts'
import { countText } from './line-figures.ts'
import { WeightField } from './weight-field.tsx'

const FIGURE = 'text-right font-mono text-[13px] tabular-nums'

/** Who stands in a line, those with the most of the next places first. */
export function TenantTable({ tenants }: { readonly tenants: readonly LineTenant[] }) {
  return (
    <section aria-labelledby="tenants">
      <h3 id="tenants" className="text-sm font-medium">
        Workspaces
      </h3>
      <table className="w-full table-fixed border-collapse text-sm">
        <thead className="text-left text-xs text-muted">
          <tr className="border-b border-line">
            <th scope="col" className="h-8 font-normal">
              Workspace
            </th>
            <th scope="col" className="w-18 text-right font-normal">
              Waiting
            </th>
            <th scope="col" className="w-16 text-right font-normal">
              Running
            </th>
            <th scope="col" className="w-16 text-right font-normal">
              Next
            </th>
            <th scope="col" className="w-18 text-right font-normal">
              Weight
            </th>
          </tr>
        </thead>
        <tbody>
          {tenants.map((tenant) => (
            <tr key={tenant.workspace_id} className="border-b border-line">
              <td className="h-9 min-w-0 truncate pr-2">
                <Link
                  to={links.runs}
                  params={{ workspace: tenant.workspace_id }}
                  title={tenant.workspace_id}
                  className="hover:underline"
                >
                  {tenant.workspace_id}
                </Link>
              </td>
              <td className={FIGURE}>{countText(tenant.waiting, tenant.capped)}</td>
              <td className={FIGURE}>{countText(tenant.running, false)}</td>
              <td className={FIGURE}>{shareText(tenant.share)}</td>
              <td className="text-right">
                <WeightField workspace={tenant.workspace_id} weight={tenant.weight} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-sm text-muted">
        Next: the share of the next places. Twice the weight, twice the jobs; those that wait keep their places.
      </p>
    </section>
  )
}

function shareText(share: number): string {
  const percent = share * 100
  return `${percent > 0 && percent < 1 ? '<1' : Math.round(percent)} %`
}
