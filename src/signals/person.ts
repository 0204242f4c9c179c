import type { Signal, SignalParse } from '../core/signal.ts';
import { field, isRecord } from './fields.ts';
import { gatewayNamed } from './gateway-named.ts';
import { plainText } from './plain-text.ts';

const MAX_REASON_LENGTH = 200;

/**
 * Reads a person's request to look at a gateway: `{ "gatewayId": "...", "reason"?: "..." }`. `receivedAt` is the time of
 * the request, ISO 8601 in UTC; together with the gateway and the reason it makes the id, so that asking again later is a
 * signal of its own. Total, like the reading of alerts.
 */
export function parsePersonRequest(body: unknown, receivedAt: string, digest: (text: string) => string): SignalParse {
  if (!isRecord(body)) return NOT_AN_OBJECT;
  const gatewayId = field(body, 'gatewayId');
  if (typeof gatewayId !== 'string' || gatewayId.trim() === '') return GATEWAY_MISSING;
  const { gateway } = gatewayNamed([gatewayId]);
  if (!gateway) return GATEWAY_MALFORMED;
  const reason = field(body, 'reason');
  if (reason !== undefined && reason !== null && typeof reason !== 'string') return REASON_NOT_TEXT;
  const title = plainText(reason ?? '', MAX_REASON_LENGTH);
  const signal: Signal = {
    id: digest(JSON.stringify(['person', gateway.id.toLowerCase(), title, receivedAt])),
    source: 'person',
    kind: 'manual',
    condition: 'fired',
    isTest: false,
    gatewayId: gateway.id,
    title: title === '' ? 'No reason given' : title,
    at: receivedAt,
    criteria: [],
    targets: [],
  };
  return { outcome: 'signal', signal };
}

const NOT_AN_OBJECT = {
  outcome: 'invalid',
  code: 'not-an-object',
  message: 'The body has to be a JSON object with a gatewayId.',
} satisfies SignalParse;

const GATEWAY_MISSING = {
  outcome: 'invalid',
  code: 'gateway-id-missing',
  message: 'The body has to name an application gateway in gatewayId, as a text.',
} satisfies SignalParse;

const GATEWAY_MALFORMED = {
  outcome: 'invalid',
  code: 'gateway-id-malformed',
  message:
    'The gatewayId has to be a resource id: /subscriptions/.../resourceGroups/.../providers/Microsoft.Network/applicationGateways/...',
} satisfies SignalParse;

const REASON_NOT_TEXT = {
  outcome: 'invalid',
  code: 'reason-not-text',
  message: 'The reason has to be a text, or be left out.',
} satisfies SignalParse;
