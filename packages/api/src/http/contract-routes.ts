import { contracts, type Route } from '@millrace/contracts'

/** A route of the contract under its names. */
export interface ContractRoute {
  readonly resource: string
  /** The operation id. */
  readonly name: string
  readonly route: Route
}

/** Every route, in the order of the contract. */
export const contractRoutes: readonly ContractRoute[] = Object.entries(contracts).flatMap(([resource, routes]) =>
  Object.entries<Route>(routes).map(([name, route]) => ({ resource, name, route })),
)

/** The methods that a route answers: HEAD is answered by running the GET, only where that starts nothing and ends. */
export function methodsOf(route: Route): readonly string[] {
  return route.method === 'GET' && isHeadAnswered(route) ? ['GET', 'HEAD'] : [route.method]
}

/** Whether HEAD may run the route. */
export function isHeadAnswered(route: Route): boolean {
  return !route.acts && (route.reply.kind === 'json' || route.reply.kind === 'text')
}
