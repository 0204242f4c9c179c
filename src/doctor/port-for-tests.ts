import { parseGatewayId } from '../core/resource-id.ts';
import type { DoctorPort, Finding, GatewayInScope, Read, SetUp } from './check.ts';

/** What the checks' tests have in common: answers by path, and everything else unreadable. */

export const SUBSCRIPTION = '3c0a86a1-7d0e-4a3b-9a43-5b7d2f0e9911';
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-edge`;
export const GATEWAY_ID = `${GROUP}/providers/Microsoft.Network/applicationGateways/agw-edge`;
export const NOW = new Date('2026-09-20T10:00:00Z');

const parsed = parseGatewayId(GATEWAY_ID);
if (!parsed) throw new Error('The id of the gateway is none.');

export const setUp: SetUp = { settings: {}, subscriptions: [SUBSCRIPTION], gatewayCount: 1 };
export const subject: GatewayInScope = { gateway: parsed, setUp };

export const UNREAD = { state: 'unread', reason: '403 AuthorizationFailed: the identity may not read this' } as const;

/**
 * A port that answers GETs and lists by the part of the path before its query, in any case. A string or an object is what
 * was read; `absent` says so; whatever is not there is refused.
 */
export function portWith(answers: Readonly<Record<string, unknown>>, more: Partial<DoctorPort> = {}): DoctorPort {
  const known = new Map(Object.entries(answers).map(([path, value]) => [path.toLowerCase(), value]));
  const find = (path: string): Read<unknown> => {
    const value = known.get(decodeURI(path).replace(/\?.*$/, '').toLowerCase());
    if (value === undefined) return UNREAD;
    return value === 'absent' ? { state: 'absent' } : { state: 'read', value };
  };
  return {
    now: () => NOW,
    get: async (path) => find(path),
    list: async (path) => {
      const found = find(path);
      if (found.state !== 'read') return found;
      return Array.isArray(found.value) ? { state: 'read', value: found.value } : UNREAD;
    },
    clockAheadMs: async () => UNREAD,
    collectors: async () => [],
    sinks: () => [],
    reach: async () => UNREAD,
    sendTest: async () => UNREAD,
    hubs: async () => [],
    certificateEnd: () => undefined,
    ...more,
  };
}

/** A gateway with these pools, each behind the setting `https`, as Resource Manager shows it. */
export function gatewayWith(
  pools: Readonly<Record<string, readonly string[]>>,
  properties: Readonly<Record<string, unknown>> = {},
): unknown {
  const part = (kind: string, name: string) => ({ id: `${GATEWAY_ID}/${kind}/${name}` });
  return {
    id: GATEWAY_ID,
    name: 'agw-edge',
    type: 'Microsoft.Network/applicationGateways',
    properties: {
      sku: { name: 'Standard_v2', tier: 'Standard_v2' },
      operationalState: 'Running',
      provisioningState: 'Succeeded',
      gatewayIPConfigurations: [
        {
          name: 'ip',
          properties: {
            subnet: {
              id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet/subnets/gateways`,
            },
          },
        },
      ],
      backendAddressPools: Object.entries(pools).map(([name, addresses]) => ({
        name,
        properties: {
          backendAddresses: addresses.map((address) =>
            /^[\d.]+$/.test(address) ? { ipAddress: address } : { fqdn: address },
          ),
        },
      })),
      backendHttpSettingsCollection: [{ name: 'https', properties: { port: 443, protocol: 'Https' } }],
      httpListeners: Object.keys(pools).map((name) => ({ name: `on-${name}`, properties: { protocol: 'Http' } })),
      requestRoutingRules: Object.keys(pools).map((name) => ({
        name: `to-${name}`,
        properties: {
          ruleType: 'Basic',
          httpListener: part('httpListeners', `on-${name}`),
          backendAddressPool: part('backendAddressPools', name),
          backendHttpSettings: part('backendHttpSettingsCollection', 'https'),
        },
      })),
      probes: [],
      ...properties,
    },
  };
}

/** `fail: Rule x can never fire ...`, for comparing. */
export function lines(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ state, says }) => `${state}: ${says}`);
}
