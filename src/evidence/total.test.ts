import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeText, parseDocuments } from './documents.ts';
import { evidenceKinds } from './index.ts';
import { readSnapshot } from './read-snapshot.ts';
import { recogniseDocuments } from './recognise.ts';

/** Nonsense that uses the words of real answers, so that it gets further than any other nonsense. */
const KEYS = [
  ...['records', 'tables', 'columns', 'rows', 'value', 'properties', 'name', 'id', 'resourceId', 'category'],
  ...['backendAddressPools', 'backendHttpSettingsCollection', 'servers', 'health', 'healthProbeLog', 'sku', 'probes'],
  ...['match', 'statusCodes', 'requestRoutingRules', 'urlPathMap', 'httpStatus', 'timeTaken', 'serverRouted', 'ruleId'],
  ...['action', 'Minute', 'Requests', 'Failed', 'TransactionIds', 'timeseries', 'data', 'timeStamp', 'metadatavalues'],
  ...['availabilityState', 'unread', 'error', 'code', 'message', 'type', 'nicId', 'schema', 'observations', 'member'],
  ...['effectiveSecurityRules', 'association', 'networkInterfaces', 'securityRuleAssociations', 'securityRules'],
  ...['defaultSecurityRules', 'access', 'direction', 'priority', 'protocol', 'sourceAddressPrefix', 'subnets'],
  ...['destinationAddressPrefix', 'destinationPortRange', 'addressPrefix', 'nextHopType', 'state', 'source', 'routes'],
  ...['disableBgpRoutePropagation', 'ipConfigurations', 'virtualMachine', 'powerState', 'instanceView', 'statuses'],
  ...['operationName', 'eventTimestamp', 'caller', 'claims', 'statusMessage', 'connectionStatus', 'hops', 'issues'],
  ...['addressSpace', 'addressPrefixes', 'dhcpOptions', 'dnsServers', 'virtualNetworkPeerings', 'peeringState'],
  ...['aRecords', 'virtualNetwork', 'customDnsConfigs', 'privateLinkServiceConnections', 'asked', 'isWhole'],
  ...['ruleName', 'frontendIPConfigurations', 'defaultHostName', 'primaryEndpoints', 'ipAddress'],
  ...['context', 'nextHopIds', 'tls', 'chain', 'ports', 'requests'],
];
const WORDS = [
  ...['ApplicationGatewayAccessLog', 'HttpStatus', 'TimeTaken', '502', '["a"]', '2026-09-14T00:00:00Z', '-', 'None'],
  '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/g',
  '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkInterfaces/n',
  ...['Microsoft.Network/virtualNetworks', 'Microsoft.Network/privateEndpoints', 'Microsoft.Web/sites'],
  '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/privateDnsZones/a.example',
  '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/privateDnsZones/a.example/A/api',
  '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v',
  ...[
    'Allow',
    'Inbound',
    'Tcp',
    '*',
    'Active',
    'Administrative',
    'appgw-triage/probe-results@1',
    '{"error":{"code":"X"}}',
  ],
  'NicMustBeAttachedToRunningVmToGetEffectiveRoutes',
];
const { nonsense } = fc.letrec<{ nonsense: unknown }>((tie) => ({
  nonsense: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(...WORDS),
    fc.jsonValue(),
    fc.array(tie('nonsense'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('nonsense'), { maxKeys: 6 }),
  ),
}));

test('no reader throws on anything, and none is ok without a reading', () => {
  fc.assert(
    fc.property(fc.array(nonsense, { maxLength: 3 }), (documents) => {
      recogniseDocuments(documents, evidenceKinds);
      for (const kind of evidenceKinds) {
        const { state, reason, reading } = kind.read(documents);
        if (state === 'ok') expect(Object.keys(reading)).toHaveLength(1);
        else expect(reason).toMatch(/^\S.*[^.]$/);
      }
      const evidence = evidenceKinds.flatMap(({ name }) =>
        documents.map((raw) => ({ name, state: 'ok' as const, raw })),
      );
      expect(JSON.stringify(readSnapshot({ evidence }, evidenceKinds))).not.toContain('please report it');
    }),
    { numRuns: 500 },
  );
});

test.each([',', ' , ', ',\n,'])('commas alone are no document: %j', (text) => {
  expect(parseDocuments(text)).toEqual({ error: expect.stringMatching(/^The input .*\.$/) });
});

test('any bytes are documents or one line of error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const parsed = parseDocuments(decodeText(bytes));
      if ('error' in parsed) expect(parsed.error).toMatch(/^The input .*\.$/);
      else expect(parsed.documents.length).toBeGreaterThan(0);
    }),
  );
});

test('whatever is written as JSON, on a line each or one after the other, is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 4 }), (documents) => {
      const plain = JSON.parse(JSON.stringify(documents)) as unknown[];
      for (const [indent, between] of [
        [0, '\n'],
        [2, '\n'],
        [2, ''],
        [0, '\r\n\r\n'],
      ] as const) {
        const text = documents.map((document) => JSON.stringify(document, null, indent)).join(between);
        expect(parseDocuments(text)).toEqual({ documents: plain, unreadLines: 0 });
      }
    }),
  );
});
