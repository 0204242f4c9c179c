import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HIDDEN, isHiddenProperty, shownValue } from './hide.ts';
import { resourceChanges, withoutSecrets } from './index.ts';

const NSG = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-a';
const attributes = {
  previousResourceSnapshotId: '1_a_2_3',
  newResourceSnapshotId: '4_b_5_6',
  correlationId: '0c6c5c1e-0000-4000-8000-000000000001',
  changedBy: 'kim@contoso.com',
  changedByType: 'User',
  changesCount: 1,
  clientType: 'Azure Portal',
  operation: 'microsoft.network/networksecuritygroups/write',
  timestamp: '2026-09-14T02:07:20.347+00:00',
};
const access = 'properties.securityRules[0].properties.access';
const changes = { [access]: { previousValue: 'Allow', newValue: 'Deny', isTruncated: 'false' } };
const properties = {
  targetResourceId: NSG,
  targetResourceType: 'microsoft.network/networksecuritygroups',
  changeType: 'Update',
  changeAttributes: attributes,
  changes,
};
const row = {
  id: `${NSG}/providers/Microsoft.Resources/changes/x`,
  type: 'microsoft.resources/changes',
  resourceGroup: 'rg',
  properties,
};

const read = (...documents: unknown[]) => resourceChanges.read(documents);
const only = (document: unknown) => read(document).reading.changes?.[0];

test('a row is read with its author, and its properties before and after', () => {
  expect(read({ count: 1, data: [row], skip_token: null })).toEqual({
    state: 'ok',
    reading: {
      changes: [
        {
          at: '2026-09-14T02:07:20.347Z',
          resourceId: NSG,
          kind: 'update',
          operation: 'microsoft.network/networksecuritygroups/write',
          by: 'kim@contoso.com',
          byKind: 'person',
          client: 'Azure Portal',
          correlationId: '0c6c5c1e-0000-4000-8000-000000000001',
          properties: [{ path: access, before: 'Allow', after: 'Deny' }],
        },
      ],
    },
  });
});

const { changeAttributes: _attributes, ...rest } = properties;
describe('however it was asked for', () => {
  test.each([
    ['rows alone', [row]],
    ['the answer of the REST API', { totalRecords: 1, count: 1, data: [row], facets: [], resultTruncated: 'false' }],
    ['the list of the API of changes', { value: [{ ...row, name: 'x' }] }],
    ['pages', [{ data: [row] }]],
    ['the properties alone', [properties]],
    ['properties as text', [{ ...row, properties: JSON.stringify(properties) }]],
    ['properties in upper case', [{ ID: row.id, Properties: { ...rest, ChangeAttributes: attributes } }]],
  ])('%s say the same', (_name, document) => {
    expect(resourceChanges.recognise(document)).toBe(true);
    expect(read(document).reading).toEqual(read([row]).reading);
  });

  test('columns of usual names', () => {
    const columns = {
      changeTime: '2026-09-14T02:07:20.347Z',
      targetResourceId: NSG,
      changeType: 'Update',
      correlationId: attributes.correlationId,
      changedBy: 'kim@contoso.com',
      changedProperties: JSON.stringify(changes),
    };
    expect(resourceChanges.recognise([columns])).toBe(true);
    expect(only([columns])).toMatchObject({ by: 'kim@contoso.com', properties: [{ before: 'Allow', after: 'Deny' }] });
  });

  test('columns that the command line names', () => {
    const columns = {
      properties_changeAttributes_timestamp: '2026-09-14T02:07:20.347Z',
      properties_changeType: 'Delete',
      properties_targetResourceId: NSG,
      properties_changes: {},
    };
    expect(resourceChanges.recognise({ count: 1, data: [columns] })).toBe(true);
    expect(only([columns])).toMatchObject({ kind: 'delete', resourceId: NSG, properties: [] });
  });

  test.each([
    ['2026-09-14T04:07:20.347+02:00', '2026-09-14T02:07:20.347Z'],
    ['2026-09-14T02:07:20', '2026-09-14T02:07:20.000Z'],
    ['/Date(1789351640347)/', '2026-09-14T02:07:20.347Z'],
  ])('a time written as %s', (timestamp, expected) => {
    const document = [{ ...row, properties: { ...properties, changeAttributes: { ...attributes, timestamp } } }];
    expect(only(document)?.at).toBe(expected);
  });
});

test.each([
  ['a resource', [{ id: NSG, name: 'nsg-a', properties: { securityRules: [] } }]],
  [
    'an entry of the activity log',
    [{ operationName: 'x', targetResourceId: NSG, changeType: 'x', changeTime: '2026-09-14T02:07:20Z' }],
  ],
  ['a row without a time', [{ targetResourceId: NSG, changeType: 'Update' }]],
  ['a row without a target', [{ changeType: 'Update', changeTime: '2026-09-14T02:07:20Z' }]],
])('%s is no change', (_name, document) => {
  expect(resourceChanges.recognise(document)).toBe(false);
});

test('nothing, an error and a cut-off list are told apart', () => {
  expect(read({ count: 0, data: [] })).toEqual({
    state: 'empty',
    reason: 'no resource changed in the time that was read',
    reading: { changes: [] },
  });
  expect(read({ error: { code: 'Forbidden', message: 'x' } })).toMatchObject({ state: 'failed', reading: {} });
  expect(read({ data: [row], isCutOff: true }).reason).toBe('the list of changes is longer than what was read');
  expect(read({ data: [row], skip_token: 'abc' }).reason).toBe('the list goes on after the page that was read');
});

test.each([
  ['User', 'x', 'person'],
  ['Application', '1111', 'application'],
  ['System', 'System', 'platform'],
  [undefined, 'kim@contoso.com', 'person'],
  ['Unspecified', 'Unspecified', undefined],
])('changed by a %s: %s', (changedByType, changedBy, expected) => {
  const changeAttributes = { ...attributes, changedByType, changedBy };
  expect(only([{ ...row, properties: { ...properties, changeAttributes } }])?.byKind).toBe(expected);
});

test('a value that is not there is absent, and one that is an object is its text', () => {
  const of = (change: object) => only([{ ...row, properties: { ...properties, changes: { p: change } } }])?.properties;
  expect(of({ previousValue: 'null', newValue: 'b' })).toEqual([{ path: 'p', after: 'b' }]);
  expect(of({ previousValue: 'a', newValue: null })).toEqual([{ path: 'p', before: 'a' }]);
  expect(of({ previousValue: { port: 80 }, newValue: [1] })).toEqual([
    { path: 'p', before: '{"port":80}', after: '[1]' },
  ]);
});

test('everything is bounded', () => {
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`p${index}`, { newValue: 'x'.repeat(999) }]),
  );
  const long = { ...attributes, changedBy: 'k'.repeat(9_999), clientType: 'c'.repeat(9_999) };
  const change = only([{ ...row, properties: { ...properties, changeAttributes: long, changes: many } }]);
  expect(change?.properties.length).toBe(40);
  expect(change?.by?.length).toBe(120);
  expect(JSON.stringify(change).length).toBeLessThan(12_000);
  const rows = Array.from({ length: 2_100 }, (_, index) => ({
    ...row,
    properties: { ...properties, changeAttributes: { ...attributes, correlationId: `c${index}` } },
  }));
  const { reason, reading } = read(rows);
  expect(reading.changes?.length).toBe(2_000);
  expect(reason).toBe('the list of changes is longer than what was read');
});

describe('what nobody is to see', () => {
  test.each([
    'properties.administratorLoginPassword',
    'properties.siteConfig.appSettings[3].value',
    'properties.sslCertificates[0].properties.publicCertData',
    'properties.trustedRootCertificates["root"].properties.data',
    'properties.sslCertificates[0].properties.password',
    'properties.osProfile.customData',
    'properties.primaryKey',
    'properties.keys[0].value',
    'properties.connectionString',
    'properties.template.containers[0].env[1].value',
    'properties.settings.commandToExecute',
    'properties.sasUrl',
    'properties.accessToken',
  ])('is the value of %s', (path) => {
    expect(isHiddenProperty(path)).toBe(true);
  });

  test.each([
    access,
    'properties.backendAddressPools[0].properties.backendAddresses[0].ipAddress',
    'properties.backendHttpSettingsCollection[0].properties.requestTimeout',
    'properties.backendSettingsCollection[0].properties.port',
    'properties.probes[0].properties.path',
    'properties.sslCertificates[0].properties.keyVaultSecretId',
    'properties.routes[0].properties.nextHopIpAddress',
    'properties.dhcpOptions.dnsServers[0]',
    'sku.capacity',
  ])('is not the value of %s', (path) => {
    expect(isHiddenProperty(path)).toBe(false);
  });

  test.each([
    '-----BEGIN PRIVATE KEY-----',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x',
    'Endpoint=sb://x;SharedAccessKey=abc',
    'MIIDXTCCAkWgAwIBAgIJAJC1HiIAZAiIMA0GCSqGSIb3DQEBCwUAMEUxCzAJBgNVBAYTAkFV',
    '{"name":"a","properties":{"password":"hunter2"}}',
    'x'.repeat(30_000),
    HIDDEN,
  ])('is %s, wherever it stands', (value) => {
    expect(shownValue(value)).toBeUndefined();
    const change = only([{ ...row, properties: { ...properties, changes: { p: { newValue: value } } } }]);
    expect(change?.properties).toEqual([{ path: 'p', isHidden: true }]);
  });

  test('is a query string, and who signs in to a URL', () => {
    expect(shownValue('https://kim:hunter2@x.example/health?a=abc&x=1')).toBe('https://x.example/health');
    expect(shownValue('/health?token=abc')).toBe('/health');
    expect(shownValue(NSG)).toBe(NSG);
    expect(shownValue('y '.repeat(300))).toHaveLength(200);
  });

  test('is not kept in a snapshot either, and is read back as something that was there', () => {
    const secret = { 'properties.password': { previousValue: 'hunter1', newValue: 'hunter2' }, ...changes };
    const kept = withoutSecrets({ ...row, properties: { ...properties, changes: secret } });
    expect(JSON.stringify(kept)).not.toContain('hunter');
    expect(only([kept])?.properties).toEqual([
      { path: 'properties.password', isHidden: true },
      { path: access, before: 'Allow', after: 'Deny' },
    ]);
    expect(withoutSecrets({ ...row, properties: { ...properties, changes: 'hunter2' } })).not.toHaveProperty(
      'properties.changes',
    );
    expect(withoutSecrets('hunter2')).toBeUndefined();
  });
});

test('reads whatever it is given, and what it reads of changes is bounded', () => {
  const key = fc.constantFrom(
    ...['data', 'value', 'properties', 'targetResourceId', 'changeType', 'changeAttributes', 'changes', 'timestamp'],
    ...['changeTime', 'changedBy', 'previousValue', 'newValue', 'properties.port', 'isCutOff', 'id'],
  );
  const { nonsense } = fc.letrec<{ nonsense: unknown }>((tie) => ({
    nonsense: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom(NSG, '2026-09-14T02:07:20Z', 'Update', 'null', '{"a":1}', '{"changes":{"p":{"newValue":"x"}}}'),
      fc.jsonValue(),
      fc.array(tie('nonsense'), { maxLength: 4 }),
      fc.dictionary(key, tie('nonsense'), { maxKeys: 8 }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(nonsense, { maxLength: 3 }), (documents) => {
      for (const document of documents) {
        resourceChanges.recognise(document);
        withoutSecrets(document);
      }
      const { state, reason, reading } = resourceChanges.read(documents);
      if (state === 'ok') expect(reading.changes?.every(({ at }) => !Number.isNaN(Date.parse(at)))).toBe(true);
      else expect(reason).toMatch(/^\S.*[^.]$/);
    }),
    { numRuns: 500 },
  );
});
