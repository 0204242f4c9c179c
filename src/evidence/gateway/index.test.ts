import { describe, expect, test } from '@jest/globals';
import { gateway } from './index.ts';

const ID = '/subscriptions/s1/resourceGroups/rg-shop/providers/Microsoft.Network/applicationGateways/gw-shop';
const ref = (collection: string, name: string) => ({ id: `${ID}/${collection}/${name}` });

/** The parts of a gateway, each as its own fields; `arm` nests them into `properties` as the service does. */
const PARTS = {
  gatewayIPConfigurations: [{ name: 'ip', subnet: { id: '/subscriptions/s1/vnet/snet-gateway' } }],
  backendAddressPools: [
    { name: 'pool-ip', backendAddresses: [{ ipAddress: '10.0.0.4' }, { fqdn: 'app.example' }, {}, null] },
    { name: 'pool-nic', backendAddresses: [], backendIPConfigurations: [{ id: '/nic/1' }] },
    { name: 'pool-empty', backendAddresses: null },
  ],
  backendHttpSettingsCollection: [
    {
      name: 'https-app',
      port: 443,
      protocol: 'Https',
      requestTimeout: 30,
      hostName: 'app.example',
      pickHostNameFromBackendAddress: false,
      path: '/v2/',
      cookieBasedAffinity: 'Disabled',
      probe: ref('probes', 'probe-app'),
      trustedRootCertificates: [ref('trustedRootCertificates', 'root-a')],
      connectionDraining: { enabled: true, drainTimeoutInSec: 30 },
      validateCertChainAndExpiry: true,
      validateSNI: false,
      sniName: null,
      dedicatedBackendConnection: false,
    },
  ],
  backendSettingsCollection: [{ name: 'tcp-db', port: 1433, protocol: 'Tcp', timeout: 300 }],
  probes: [
    {
      name: 'probe-app',
      protocol: 'Https',
      host: 'app.example',
      path: '/health',
      interval: 30,
      timeout: 20,
      unhealthyThreshold: 3,
      minServers: 0,
      pickHostNameFromBackendHttpSettings: true,
      match: { body: '', statusCodes: ['200-399', '401'] },
    },
  ],
  httpListeners: [{ name: 'https', protocol: 'Https', hostName: 'a.example', hostNames: ['a.example', 'b.example'] }],
  listeners: [{ name: 'tcp', protocol: 'Tcp' }],
  urlPathMaps: [
    {
      name: 'paths',
      defaultRedirectConfiguration: ref('redirectConfigurations', 'to-home'),
      pathRules: [
        {
          name: 'api',
          paths: ['/api/*', '/v1/*'],
          backendAddressPool: ref('backendAddressPools', 'pool-ip'),
          backendHttpSettings: ref('backendHttpSettingsCollection', 'https-app'),
        },
      ],
    },
  ],
  requestRoutingRules: [
    {
      name: 'by-path',
      ruleType: 'PathBasedRouting',
      httpListener: ref('httpListeners', 'https'),
      urlPathMap: ref('urlPathMaps', 'PATHS'),
    },
    {
      name: 'basic',
      ruleType: 'Basic',
      httpListener: ref('httpListeners', 'https'),
      backendAddressPool: ref('backendAddressPools', 'pool-nic'),
      backendHttpSettings: ref('backendHttpSettingsCollection', 'https-app'),
    },
  ],
  routingRules: [
    {
      name: 'db',
      listener: ref('listeners', 'tcp'),
      backendAddressPool: ref('backendAddressPools', 'pool-ip'),
      backendSettings: ref('backendSettingsCollection', 'tcp-db'),
    },
  ],
  trustedRootCertificates: [
    { name: 'root-a', data: 'MIIB/A==' },
    { name: 'root-b', data: 'not a certificate' },
  ],
};
const OWN = {
  id: ID,
  name: 'gw-shop',
  type: 'Microsoft.Network/applicationGateways',
  location: 'westeurope',
  tags: { env: 'prod', count: 3 },
};
const STATE = {
  provisioningState: 'Succeeded',
  operationalState: 'Running',
  sku: { name: 'Standard_v2', tier: 'Standard_v2' },
  autoscaleConfiguration: { minCapacity: 1, maxCapacity: 10 },
};

const FLAT = { ...OWN, ...STATE, ...PARTS };

function nest(part: Record<string, unknown>): unknown {
  const { id, name, type, ...properties } = part;
  const nested = Object.entries(properties).map(([key, value]) => [
    key,
    key === 'pathRules' && Array.isArray(value) ? value.map(nest) : value,
  ]);
  return { id, name, type, properties: Object.fromEntries(nested) };
}
const ARM = {
  ...OWN,
  properties: {
    ...STATE,
    ...Object.fromEntries(Object.entries(PARTS).map(([key, parts]) => [key, parts.map((part) => nest(part))])),
  },
};

function pascal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.slice(0, 1).toUpperCase() + key.slice(1), pascal(item)]),
  );
}

const EXPECTED = {
  id: ID,
  name: 'gw-shop',
  location: 'westeurope',
  tier: 'Standard_v2',
  operationalState: 'Running',
  provisioningState: 'Succeeded',
  autoscaleMaxCapacity: 10,
  subnetIds: ['/subscriptions/s1/vnet/snet-gateway'],
  wafAttached: false,
  pools: [
    { name: 'pool-ip', addresses: ['10.0.0.4', 'app.example'], nicIpConfigurationIds: [] },
    { name: 'pool-nic', addresses: [], nicIpConfigurationIds: ['/nic/1'] },
    { name: 'pool-empty', addresses: [], nicIpConfigurationIds: [] },
  ],
  settings: [
    {
      name: 'https-app',
      protocol: 'Https',
      port: 443,
      requestTimeoutSeconds: 30,
      hostName: 'app.example',
      pickHostNameFromBackendAddress: false,
      probeName: 'probe-app',
      path: '/v2/',
      cookieBasedAffinity: 'Disabled',
      trustedRootNames: ['root-a'],
      connectionDrainingEnabled: true,
      validateCertChainAndExpiry: true,
      validateSni: false,
      dedicatedBackendConnection: false,
    },
    { name: 'tcp-db', protocol: 'Tcp', port: 1433, trustedRootNames: [] },
  ],
  probes: [
    {
      name: 'probe-app',
      protocol: 'Https',
      host: 'app.example',
      path: '/health',
      intervalSeconds: 30,
      timeoutSeconds: 20,
      unhealthyThreshold: 3,
      minServers: 0,
      pickHostNameFromBackendSetting: true,
      acceptedStatusCodes: ['200-399', '401'],
    },
  ],
  listeners: [
    { name: 'https', protocol: 'Https', hostNames: ['a.example', 'b.example'] },
    { name: 'tcp', protocol: 'Tcp', hostNames: [] },
  ],
  routes: [
    {
      rule: 'by-path',
      listener: 'https',
      paths: ['/api/*', '/v1/*'],
      pool: 'pool-ip',
      setting: 'https-app',
      redirects: false,
    },
    { rule: 'by-path', listener: 'https', paths: [], redirects: true },
    { rule: 'basic', listener: 'https', paths: [], pool: 'pool-nic', setting: 'https-app', redirects: false },
    { rule: 'db', listener: 'tcp', paths: [], pool: 'pool-ip', setting: 'tcp-db', redirects: false },
  ],
  trustedRootNames: ['root-a', 'root-b'],
  trustedRoots: [{ name: 'root-a', data: 'MIIB/A==' }],
};

describe('reads', () => {
  test.each([
    ['the resource as ARM nests it', ARM],
    ['what the command line flattens', FLAT],
    ['what PowerShell capitalises', pascal(FLAT)],
    ['a list of one', [FLAT]],
    ["ARM's list of one", { value: [ARM] }],
  ])('%s', (_name, document) => {
    expect(gateway.recognise(document)).toBe(true);
    const { state, reading } = gateway.read([document]);
    expect(state).toBe('ok');
    const { tags, ...rest } = reading.gateway ?? { tags: undefined };
    expect(rest).toEqual(EXPECTED);
    expect(Object.values(tags ?? {})).toEqual(['prod']);
  });

  test('a load distribution policy ends in all of its pools', () => {
    const { reading } = gateway.read([
      {
        ...FLAT,
        loadDistributionPolicies: [
          {
            name: 'split',
            loadDistributionTargets: [
              { name: 'a', properties: { backendAddressPool: ref('backendAddressPools', 'pool-ip') } },
              { name: 'b', properties: { backendAddressPool: ref('backendAddressPools', 'pool-nic') } },
            ],
          },
        ],
        requestRoutingRules: [
          {
            name: 'split',
            loadDistributionPolicy: ref('loadDistributionPolicies', 'split'),
            backendHttpSettings: ref('backendHttpSettingsCollection', 'https-app'),
          },
        ],
        routingRules: [],
      },
    ]);
    expect(reading.gateway?.routes.map(({ pool, setting }) => [pool, setting])).toEqual([
      ['pool-ip', 'https-app'],
      ['pool-nic', 'https-app'],
    ]);
  });

  test.each([
    ['a policy on the gateway', { firewallPolicy: { id: 'p' } }, true],
    ['a policy on a listener', { httpListeners: [{ name: 'l', firewallPolicy: { id: 'p' } }] }, true],
    ['the inline configuration', { webApplicationFirewallConfiguration: { enabled: true } }, true],
    ['the inline configuration switched off', { webApplicationFirewallConfiguration: { enabled: false } }, false],
    ['a WAF tier that shows neither', { sku: { tier: 'WAF_v2' } }, undefined],
    ['a tier that is not shown', { sku: null }, undefined],
  ])('whether a firewall is attached: %s', (_name, change, attached) => {
    expect(gateway.read([{ ...FLAT, ...change }]).reading.gateway?.wafAttached).toBe(attached);
  });

  test('v1, whose SKU is named by its size', () => {
    expect(gateway.read([{ ...FLAT, sku: { name: 'Standard_Small' } }]).reading.gateway?.tier).toBe('Standard');
  });

  test('which sides it can be reached from, its fixed capacity, and whether it buffers requests', () => {
    const shown = (fields: Readonly<Record<string, unknown>>) =>
      gateway.read([{ id: ID, sku: { tier: 'Standard_v2', capacity: 2 }, backendAddressPools: [], ...fields }]).reading
        .gateway;
    const open = { name: 'a', publicIPAddress: { id: 'pip' }, subnet: null };
    const closed = { name: 'b', properties: { privateIPAddress: '10.0.1.9', subnet: { id: 'snet' } } };
    expect(shown({ frontendIPConfigurations: [open] })?.frontends).toEqual({ isPublic: true, isPrivate: false });
    expect(shown({ frontendIPConfigurations: [open, closed] })?.frontends).toEqual({ isPublic: true, isPrivate: true });
    expect(shown({ frontendIPConfigurations: [closed] })?.frontends).toEqual({ isPublic: false, isPrivate: true });
    expect(shown({ frontendIPConfigurations: [{ name: 'c' }] })).not.toHaveProperty('frontends');
    expect(shown({})).toMatchObject({ fixedCapacity: 2 });
    expect(shown({})).not.toHaveProperty('requestBufferingEnabled');
    expect(shown({ globalConfiguration: { enableRequestBuffering: false } })?.requestBufferingEnabled).toBe(false);
  });

  test('two gateways are not mixed, but the same one twice is one', () => {
    expect(gateway.read([[FLAT, { ...FLAT, id: `${ID}-2` }]])).toMatchObject({ state: 'failed', reading: {} });
    expect(gateway.read([ARM, { ...FLAT, id: ID.toUpperCase() }]).state).toBe('ok');
  });

  test('a gateway that is shown without its configuration has no empty pools', () => {
    expect(gateway.recognise(OWN)).toBe(true);
    expect(gateway.read([OWN])).toEqual({
      state: 'failed',
      reason: 'the gateway was shown without its configuration',
      reading: {},
    });
  });

  test.each([
    null,
    'x',
    3,
    [],
    [null],
    {},
    { value: [] },
    { error: { code: 'NotFound' } },
    { backendAddressPools: [] },
  ])('nonsense without throwing: %j', (document) => {
    expect(gateway.recognise(document)).toBe(false);
    expect(gateway.read([document])).toMatchObject({ state: 'failed', reading: {} });
  });

  test('holes without throwing', () => {
    const holes = Object.fromEntries(Object.keys(PARTS).map((key) => [key, [null, 1, 'x', {}, { properties: null }]]));
    expect(gateway.read([{ ...OWN, ...STATE, ...holes }]).state).toBe('ok');
  });
});
