import { LRUCache } from 'lru-cache';
import { parseGatewayId } from '../core/resource-id.ts';
import { fieldsOf, flatFieldsOf, listOf, numberOf, textOf } from '../evidence/json.ts';
import type { ArmGet } from './arm-get.ts';

/** A batch of the stream waits for this, so it is short. In milliseconds. */
const ASK_TIMEOUT_MS = 3_000;
/** Request timeouts are changed a few times a year; a gateway that does not answer is asked again soon. In milliseconds. */
const KNOWN_MS = 60 * 60_000;
const UNKNOWN_MS = 5 * 60_000;
const MAX_KEPT = 2_000;
const API_VERSION = '2024-05-01';

const NOTHING: ReadonlyMap<string, number> = new Map();

/**
 * The request timeouts of a gateway's backend settings in seconds, by the name of the setting in lower case. Asked only
 * where clients give up in numbers, and kept for an hour; empty where the gateway cannot be read. Never rejects.
 */
export function createRequestTimeouts(armGet: ArmGet): (gatewayId: string) => Promise<ReadonlyMap<string, number>> {
  const kept = new LRUCache<string, ReadonlyMap<string, number>>({ max: MAX_KEPT });
  return async (gatewayId) => {
    const gateway = parseGatewayId(gatewayId);
    if (!gateway) return NOTHING;
    const key = gateway.id.toLowerCase();
    const known = kept.get(key);
    if (known) return known;
    const timeouts = await ask(armGet, gateway.id).catch(() => NOTHING);
    kept.set(key, timeouts, { ttl: timeouts.size > 0 ? KNOWN_MS : UNKNOWN_MS });
    return timeouts;
  };
}

async function ask(armGet: ArmGet, id: string): Promise<ReadonlyMap<string, number>> {
  const { status, body } = await armGet(`${encodeURI(id)}?api-version=${API_VERSION}`, ASK_TIMEOUT_MS);
  if (status !== 200) return NOTHING;
  const timeouts = new Map<string, number>();
  for (const setting of listOf(flatFieldsOf(body).get('backendhttpsettingscollection'))) {
    const name = textOf(fieldsOf(setting).get('name'));
    const seconds = numberOf(flatFieldsOf(setting).get('requesttimeout'));
    if (name !== undefined && seconds !== undefined && seconds > 0) timeouts.set(name.toLowerCase(), seconds);
  }
  return timeouts;
}
