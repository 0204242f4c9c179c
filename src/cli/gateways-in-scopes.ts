import type { GatewayId } from '../core/resource-id.ts';
import { CliError } from './command.ts';

type Found = Awaited<ReturnType<typeof import('../platform/doctor-scope.ts').gatewaysIn>>;

/**
 * The gateways of all scopes (each a gateway's id, a resource group or a subscription), each gateway once. Throws a
 * `CliError` where a scope cannot be listed or does not exist.
 */
export async function gatewaysInScopes(
  scopes: readonly string[],
  find: (scope: string) => Promise<Found>,
): Promise<readonly GatewayId[]> {
  const gateways = new Map<string, GatewayId>();
  for (const scope of scopes) {
    const found = await find(scope);
    if (found.state === 'unread') throw new CliError(`the gateways in ${scope} could not be listed: ${found.reason}`);
    if (found.state === 'absent') throw new CliError(`${scope} does not exist, or this sign-in does not see it`);
    for (const gateway of found.value) gateways.set(gateway.id.toLowerCase(), gateway);
  }
  return [...gateways.values()];
}
