import { LRUCache } from 'lru-cache';
import type { GatewayCheck } from '../app/ports.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import type { ArmGet } from './arm-get.ts';
import type { Settings } from './settings.ts';

/** The door answers within seconds whether Azure does or not. In milliseconds. */
const ASK_TIMEOUT_MS = 3_000;
/** A gateway that was found is there for a while; one that was not may be made any minute. In milliseconds. */
const FOUND_MS = 60 * 60_000;
const ABSENT_MS = 60_000;
const MAX_KEPT = 2_000;
const API_VERSION = '2024-05-01';

/**
 * Whether a gateway may be reported on: one of the allow-list, or, where there is none, one that Azure knows. Whoever has
 * the key of the door can write any id into an alert; nothing is sent about a gateway that does not exist.
 */
export function createGatewayCheck(
  settings: Pick<Settings, 'ALLOWED_GATEWAYS'>,
  armGet: ArmGet,
): (gatewayId: string) => Promise<GatewayCheck> {
  const allowed = settings.ALLOWED_GATEWAYS;
  const kept = new LRUCache<string, GatewayCheck>({ max: MAX_KEPT });

  return async (gatewayId) => {
    const id = gatewayId.toLowerCase();
    if (allowed.length > 0) return allowed.some((scope) => isWithin(id, scope)) ? 'allowed' : 'foreign';
    const known = kept.get(id);
    if (known) return known;
    const gateway = parseGatewayId(gatewayId);
    if (!gateway) return 'absent';
    const check = await askAzure(gateway.id).catch(() => 'unchecked' as const);
    if (check !== 'unchecked') kept.set(id, check, { ttl: check === 'absent' ? ABSENT_MS : FOUND_MS });
    return check;
  };

  async function askAzure(id: string): Promise<GatewayCheck> {
    const { status } = await armGet(`${encodeURI(id)}?api-version=${API_VERSION}`, ASK_TIMEOUT_MS);
    if (status === 200) return 'found';
    return status === 404 ? 'absent' : 'unchecked';
  }
}

/** The id itself, or anything below the scope: a resource group, a subscription. Both in lower case. */
function isWithin(id: string, scope: string): boolean {
  return id === scope || id.startsWith(`${scope}/`);
}
