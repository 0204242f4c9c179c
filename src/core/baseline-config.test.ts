import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gatewayJson } from '../causes/case.ts';
import { changedParts, configPrint } from './baseline-config.ts';

const digest = (text: string, length: number) => createHash('sha256').update(text).digest('hex').slice(0, length);
const ID = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';
const ref = (collection: string, name: string) => ({ id: `${ID}/${collection}/${name}` });

interface Part {
  readonly name: string;
  readonly etag?: string;
  readonly properties: Record<string, unknown>;
}

function resource(): {
  etag: string;
  tags: Record<string, string>;
  zones: string[];
  properties: Record<string, unknown>;
} {
  const part = (name: string, properties: Record<string, unknown>): Part => ({
    name,
    etag: 'W/"1"',
    properties: { provisioningState: 'Succeeded', ...properties },
  });
  return {
    etag: 'W/"1"',
    tags: { owner: 'team-a' },
    zones: ['1', '2'],
    properties: {
      provisioningState: 'Succeeded',
      operationalState: 'Running',
      resourceGuid: 'a',
      sku: { name: 'WAF_v2', tier: 'WAF_v2', capacity: 2 },
      autoscaleConfiguration: { minCapacity: 1, maxCapacity: 10 },
      enableHttp2: true,
      backendAddressPools: [
        part('pool-a', {
          backendAddresses: [{ ipAddress: '10.0.0.4' }, { ipAddress: '10.0.0.5' }],
          requestRoutingRules: [ref('requestRoutingRules', 'rule-a')],
        }),
        part('pool-b', { backendAddresses: [] }),
      ],
      backendHttpSettingsCollection: [part('http-8080', { port: 8080, probe: ref('probes', 'health') })],
      probes: [
        part('health', { path: '/health', backendHttpSettings: [ref('backendHttpSettingsCollection', 'http-8080')] }),
      ],
      requestRoutingRules: [
        part('rule-a', {
          backendAddressPool: ref('backendAddressPools', 'pool-a'),
          backendHttpSettings: ref('backendHttpSettingsCollection', 'http-8080'),
        }),
      ],
      urlPathMaps: [
        part('paths', {
          pathRules: [
            { name: 'one', properties: { paths: ['/a/*'] } },
            { name: 'two', properties: { paths: ['/*'] } },
          ],
        }),
      ],
    },
  };
}

type Resource = ReturnType<typeof resource>;
const parts = (it: Resource, collection: string) => it.properties[collection] as Part[];
const first = (it: Resource, collection: string) => parts(it, collection)[0]?.properties as Record<string, unknown>;
const hashOf = (it: unknown) => configPrint(it, digest)?.hash;

describe('what is no change', () => {
  test.each<readonly [string, (it: Resource) => void]>([
    [
      'versions and states',
      (it) => {
        it.etag = 'W/"2"';
        it.properties.provisioningState = 'Updating';
        it.properties.operationalState = 'Starting';
        it.properties.resourceGuid = 'b';
        for (const pool of parts(it, 'backendAddressPools')) Object.assign(pool, { etag: 'W/"2"' });
        first(it, 'probes').provisioningState = 'Updating';
      },
    ],
    [
      'tags',
      (it) => {
        it.tags['last-updated-by-k8s-ingress'] = 'now';
      },
    ],
    [
      'the instances of a gateway that scales by itself',
      (it) => {
        it.properties.sku = { name: 'WAF_v2', tier: 'WAF_v2', capacity: 7 };
      },
    ],
    [
      'the order of parts and of keys',
      (it) => {
        it.properties = Object.fromEntries(Object.entries(it.properties).toReversed());
        parts(it, 'backendAddressPools').reverse();
      },
    ],
    [
      'the order of members',
      (it) => {
        (first(it, 'backendAddressPools').backendAddresses as unknown[]).reverse();
      },
    ],
    [
      'the case of an id',
      (it) => {
        first(it, 'backendHttpSettingsCollection').probe = { id: ref('probes', 'health').id.toUpperCase() };
      },
    ],
    [
      'empty lists and nulls that come and go',
      (it) => {
        Object.assign(it.properties, { sslProfiles: [], firewallPolicy: null });
      },
    ],
    [
      'who refers to a part',
      (it) => {
        first(it, 'backendAddressPools').requestRoutingRules = [];
      },
    ],
  ])('%s', (_name, change) => {
    const changed = resource();
    change(changed);
    expect(hashOf(changed)).toBe(hashOf(resource()));
  });
});

describe('what is a change, and how it is told', () => {
  test.each<readonly [string, (it: Resource) => void]>([
    [
      'pool pool-a changed',
      (it) => {
        first(it, 'backendAddressPools').backendAddresses = [{ ipAddress: '10.0.0.4' }];
      },
    ],
    [
      'pool pool-b removed',
      (it) => {
        parts(it, 'backendAddressPools').pop();
      },
    ],
    [
      'probe health changed',
      (it) => {
        first(it, 'probes').path = '/healthz';
      },
    ],
    [
      'setting http-8080 changed',
      (it) => {
        first(it, 'backendHttpSettingsCollection').port = 8081;
      },
    ],
    [
      'rule rule-a changed',
      (it) => {
        first(it, 'requestRoutingRules').backendHttpSettings = ref('backendHttpSettingsCollection', 'other');
      },
    ],
    [
      'path map paths changed',
      (it) => {
        (first(it, 'urlPathMaps').pathRules as unknown[]).reverse();
      },
    ],
    [
      'autoscaleConfiguration changed',
      (it) => {
        it.properties.autoscaleConfiguration = { minCapacity: 1, maxCapacity: 2 };
      },
    ],
    [
      'enableHttp2 changed',
      (it) => {
        it.properties.enableHttp2 = false;
      },
    ],
    [
      'firewallPolicy added',
      (it) => {
        it.properties.firewallPolicy = { id: '/p' };
      },
    ],
    [
      'listener l added',
      (it) => {
        it.properties.httpListeners = [{ name: 'l', properties: { protocol: 'Http' } }];
      },
    ],
  ])('%s', (told, change) => {
    const [before, changed] = [configPrint(resource(), digest), resource()];
    change(changed);
    const after = configPrint(changed, digest);
    expect(after?.hash).not.toBe(before?.hash);
    expect(changedParts(before?.parts ?? {}, after?.parts ?? {})).toEqual([told]);
  });

  test('many changes are told as far as somebody reads, and the rest is counted', () => {
    const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`pool ${index}`, 'x']));
    expect(changedParts({}, many(40))).toHaveLength(13);
    expect(changedParts({}, many(40)).at(-1)).toBe('28 more');
  });
});

test('nothing of a value is kept, only digests and names', () => {
  const it = resource();
  first(it, 'backendHttpSettingsCollection').hostName = 'secret-value';
  expect(JSON.stringify(configPrint(it, digest))).not.toContain('secret-value');
});

test('every shape of gateway that the cases hold has a print, and whatever else comes has none', () => {
  expect(
    configPrint(
      gatewayJson({ pools: { a: ['10.0.0.4'] }, settings: { s: { port: 80 } }, routes: [['a', 's']] }),
      digest,
    )?.parts,
  ).toHaveProperty('pool a');
  for (const nonsense of [
    undefined,
    null,
    'x',
    3,
    [],
    {},
    { properties: null },
    { properties: { backendAddressPools: {} } },
  ]) {
    expect(configPrint(nonsense, digest)).toBeUndefined();
  }
});

test('whatever a gateway holds, its print is bounded and made', () => {
  const deep = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('any')),
      fc.dictionary(fc.string(), tie('any')),
    ),
  })).any;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), deep), fc.array(deep), (properties, pools) => {
      const print = configPrint({ properties: { ...properties, backendAddressPools: pools } }, digest);
      expect(print?.hash).toHaveLength(32);
    }),
    { numRuns: 200 },
  );
  const huge = Array.from({ length: 5_000 }, (_, index) => ({ name: `p-${index}`, properties: {} }));
  const { parts: kept = {} } = configPrint({ properties: { backendAddressPools: huge } }, digest) ?? {};
  expect(Object.keys(kept).length).toBeLessThanOrEqual(1_000);
});
