import { type GatewayId, parseGatewayId } from '../core/resource-id.ts';
import type { Read } from '../doctor/check.ts';
import { fieldsOf, isObject, textOf } from '../evidence/json.ts';
import type { DoctorArm } from './doctor-arm.ts';

/** More gateways than a subscription may have. */
const MAX_GATEWAYS = 1_000;

/** The gateways in a scope: a gateway's own id, a resource group, or a subscription, whose gateways are asked for. */
export async function gatewaysIn(arm: Pick<DoctorArm, 'list'>, scope: string): Promise<Read<readonly GatewayId[]>> {
  const own = parseGatewayId(scope);
  if (own) return { state: 'read', value: [own] };
  const answer = await arm.list(
    `${encodeURI(scope.replace(/\/+$/, ''))}/providers/Microsoft.Network/applicationGateways?api-version=2024-05-01`,
  );
  if (answer.state !== 'read') return answer;
  const value = answer.value.flatMap((item) => parseGatewayId(textOf(fieldsOf(item).get('id')) ?? '') ?? []);
  return { state: 'read', value: value.slice(0, MAX_GATEWAYS) };
}

/**
 * App settings out of a document: `local.settings.json`, what `az functionapp config appsettings list` prints, or a plain
 * object. Undefined for anything else.
 */
export function settingsIn(document: unknown): Readonly<Record<string, string>> | undefined {
  if (Array.isArray(document)) {
    const entries = document.flatMap((item): [string, string][] => {
      const fields = fieldsOf(item);
      const [name, value] = [fields.get('name'), fields.get('value')];
      return typeof name === 'string' && typeof value === 'string' ? [[name, value]] : [];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  if (!isObject(document)) return undefined;
  const values = isObject(document.Values) ? document.Values : document;
  const entries = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
