import type { Gateway } from '../core/gateway.ts';
import type { GatewayId } from '../core/resource-id.ts';
import { gateway as gatewayKind } from '../evidence/gateway/index.ts';
import { type Fields, flatFieldsOf } from '../evidence/json.ts';
import type { DoctorPort, Read } from './check.ts';

export interface GatewayDocument {
  readonly gateway: Gateway;
  /** The resource's own fields, for what the diagnosis has no use for. */
  readonly fields: Fields;
}

export const GATEWAY_RIGHT = 'Microsoft.Network/applicationGateways/read';

/** The gateway's configuration. Several checks ask for it; it is read once. */
export async function readGateway(port: DoctorPort, { id }: GatewayId): Promise<Read<GatewayDocument>> {
  const answer = await port.get(`${encodeURI(id)}?api-version=2024-05-01`);
  if (answer.state !== 'read') return answer;
  const { state, reason, reading } = gatewayKind.read([answer.value]);
  if (state !== 'ok' || reading.gateway === undefined)
    return { state: 'unread', reason: reason ?? 'the answer could not be understood' };
  return { state: 'read', value: { gateway: reading.gateway, fields: flatFieldsOf(answer.value) } };
}

/** What an answer that is no configuration says of the other checks: a fragment. */
export function whyNoGateway(
  read: { readonly state: 'absent' } | { readonly state: 'unread'; readonly reason: string },
) {
  return { reason: read.state === 'absent' ? 'Azure does not know this gateway' : read.reason };
}
