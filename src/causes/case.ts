import type { VerdictLevel } from '../core/verdict.ts';

/**
 * The cases of a rule are data: what the service would have sent, and what the rule has to make of it. They are read
 * through the same readers as real evidence, and every case is also judged by all other rules.
 */
export interface Case {
  /** What this situation is, in words. */
  readonly name: string;
  /** Raw JSON by evidence name, as the service sends it. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Evidence that could not be read, with the reason. */
  readonly failed?: Readonly<Record<string, string>>;
  /** The best verdict that this rule reaches. */
  readonly expect: VerdictLevel;
  /** The targets (`pool~setting`) or members that the best verdict is about; checked where given. */
  readonly scope?: { readonly pool?: string; readonly setting?: string; readonly members?: readonly string[] };
  /** Other causes that are rightly `confirmed` in the same situation. No other rule may confirm. */
  readonly alsoConfirmed?: readonly string[];
}

export const SUBSCRIPTION = '7c1f2e0a-54b6-4d0f-9a53-2f6b8d1e9c44';
export const RESOURCE_GROUP = 'rg-shop-weu';
export const GATEWAY = 'agw-shop-weu';
export const GATEWAY_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${RESOURCE_GROUP}/providers/Microsoft.Network/applicationGateways/${GATEWAY}`;

const part = (kind: string, name: string) => ({ id: `${GATEWAY_ID}/${kind}/${name}` });

/** A gateway in few words; every map is name -> ARM `properties` of that part. */
export interface GatewaySketch {
  readonly tier?: string;
  readonly operationalState?: string;
  readonly provisioningState?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Pool name -> addresses; something with a letter beyond hexadecimal IP syntax is taken as an FQDN. */
  readonly pools: Readonly<Record<string, readonly string[]>>;
  /** Setting name -> properties; `probe` is the probe's name. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly probe?: string }>>;
  readonly probes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** `[pool, setting]` or `[pool, setting, paths]`. */
  readonly routes: readonly (readonly [pool: string, setting: string, paths?: readonly string[]])[];
  readonly listenerHosts?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** The ARM resource of a sketched gateway. */
export function gatewayJson(sketch: GatewaySketch): unknown {
  const tier = sketch.tier ?? 'Standard_v2';
  return {
    id: GATEWAY_ID,
    name: GATEWAY,
    type: 'Microsoft.Network/applicationGateways',
    location: 'westeurope',
    tags: sketch.tags ?? {},
    properties: {
      provisioningState: sketch.provisioningState ?? 'Succeeded',
      operationalState: sketch.operationalState ?? 'Running',
      sku: { name: tier, tier },
      backendAddressPools: Object.entries(sketch.pools).map(([name, addresses]) => ({
        name,
        ...part('backendAddressPools', name),
        properties: { provisioningState: 'Succeeded', backendAddresses: addresses.map(toAddress) },
      })),
      backendHttpSettingsCollection: Object.entries(sketch.settings).map(([name, { probe, ...properties }]) => ({
        name,
        ...part('backendHttpSettingsCollection', name),
        properties: {
          provisioningState: 'Succeeded',
          port: 80,
          protocol: 'Http',
          cookieBasedAffinity: 'Disabled',
          requestTimeout: 20,
          pickHostNameFromBackendAddress: false,
          ...properties,
          ...(probe === undefined ? {} : { probe: part('probes', probe) }),
        },
      })),
      probes: Object.entries(sketch.probes ?? {}).map(([name, properties]) => ({
        name,
        ...part('probes', name),
        properties: {
          provisioningState: 'Succeeded',
          protocol: 'Http',
          path: '/',
          interval: 30,
          timeout: 30,
          unhealthyThreshold: 3,
          minServers: 0,
          pickHostNameFromBackendHttpSettings: false,
          match: {},
          ...properties,
        },
      })),
      httpListeners: [
        {
          name: 'listener-https',
          ...part('httpListeners', 'listener-https'),
          properties: { protocol: 'Https', hostNames: sketch.listenerHosts ?? [] },
        },
      ],
      requestRoutingRules: sketch.routes.map(([pool, setting, paths], index) => ({
        name: `rule-${index + 1}`,
        ...part('requestRoutingRules', `rule-${index + 1}`),
        properties: {
          priority: 100 + index,
          httpListener: part('httpListeners', 'listener-https'),
          ...(paths === undefined
            ? { ruleType: 'Basic', ...destination(pool, setting) }
            : { ruleType: 'PathBasedRouting', urlPathMap: part('urlPathMaps', `paths-${index + 1}`) }),
        },
      })),
      urlPathMaps: sketch.routes.flatMap(([pool, setting, paths], index) =>
        paths === undefined
          ? []
          : [
              {
                name: `paths-${index + 1}`,
                ...part('urlPathMaps', `paths-${index + 1}`),
                properties: { pathRules: [{ name: 'path-1', properties: { paths, ...destination(pool, setting) } }] },
              },
            ],
      ),
      ...sketch.properties,
    },
  };
}

function destination(pool: string, setting: string) {
  return {
    backendAddressPool: part('backendAddressPools', pool),
    backendHttpSettings: part('backendHttpSettingsCollection', setting),
  };
}

function toAddress(address: string): Readonly<Record<string, string>> {
  return /^[0-9a-f.:]+$/i.test(address) && /\d/.test(address) ? { ipAddress: address } : { fqdn: address };
}

/** `[address, health, text, errorName]` of one member as backend health shows it. */
export type HealthSketch = readonly [address: string, health: string, text?: string, errorName?: string];

/** The body of backend health: `{ 'pool~setting': members }`. */
export function backendHealthJson(targets: Readonly<Record<string, readonly HealthSketch[]>>): unknown {
  return {
    backendAddressPools: Object.entries(targets).map(([target, members]) => {
      const [pool = '', setting = ''] = target.split('~');
      return {
        backendAddressPool: part('backendAddressPools', pool),
        backendHttpSettingsCollection: [
          {
            backendHttpSettings: part('backendHttpSettingsCollection', setting),
            servers: members.map(([address, health, text, errorName]) => ({
              address,
              health,
              ...(text === undefined ? {} : { healthProbeLog: text }),
              ...(errorName === undefined ? {} : { healthProbeErrorName: errorName }),
            })),
          },
        ],
      };
    }),
  };
}

/** One kind of access-log record, sent `times` times in consecutive seconds (once where absent). */
export interface RecordSketch {
  readonly times?: number;
  /** The first record's time. */
  readonly at?: string;
  readonly pool?: string;
  readonly setting?: string;
  readonly status: number;
  readonly serverStatus?: string;
  readonly error?: string;
  readonly routed?: string;
  readonly host?: string;
  readonly originalHost?: string;
  readonly path?: string;
  readonly timeTaken?: number;
  readonly latency?: string;
  readonly receivedBytes?: number;
  readonly sentBytes?: number;
  readonly method?: string;
  readonly wafMode?: string;
  readonly transactionId?: string;
}

/** An Event Hubs envelope of access-log records. */
export function accessLogJson(records: readonly RecordSketch[]): unknown {
  return { records: records.flatMap(expand) };
}

function expand(sketch: RecordSketch, kind: number): readonly unknown[] {
  const start = Date.parse(sketch.at ?? '2026-09-14T02:10:00Z');
  return Array.from({ length: sketch.times ?? 1 }, (_, index) => ({
    timeStamp: new Date(start + index * 1000).toISOString().replace('.000Z', '+00:00'),
    resourceId: GATEWAY_ID.toUpperCase(),
    listenerName: 'listener-https',
    ruleName: 'rule-1',
    ...(sketch.pool === undefined ? {} : { backendPoolName: sketch.pool, backendSettingName: sketch.setting ?? '' }),
    operationName: 'ApplicationGatewayAccess',
    category: 'ApplicationGatewayAccessLog',
    properties: {
      instanceId: 'appgw_1',
      clientIP: '203.0.113.24',
      clientPort: 40000 + (index % 20000),
      httpMethod: sketch.method ?? 'GET',
      originalRequestUriWithArgs: sketch.path ?? '/',
      requestUri: sketch.path ?? '/',
      requestQuery: '',
      userAgent: 'Mozilla/5.0',
      httpStatus: sketch.status,
      httpVersion: 'HTTP/1.1',
      receivedBytes: sketch.receivedBytes ?? 512,
      sentBytes: sketch.sentBytes ?? 900,
      clientResponseTime: 0,
      timeTaken: sketch.timeTaken ?? 0.05,
      WAFEvaluationTime: '0.000',
      WAFMode: sketch.wafMode ?? '',
      transactionId:
        sketch.transactionId ?? `${kind.toString(16).padStart(8, '0')}${index.toString(16).padStart(24, '0')}`,
      sslEnabled: 'on',
      serverRouted: sketch.routed ?? '',
      serverStatus: sketch.serverStatus ?? '',
      serverResponseLatency: sketch.latency ?? '',
      originalHost: sketch.originalHost ?? 'shop.contoso.com',
      host: sketch.host ?? sketch.originalHost ?? 'shop.contoso.com',
      error_info: sketch.error ?? 'ERRORINFO_NO_ERROR',
    },
  }));
}
