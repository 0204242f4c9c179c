import { describe, expect, test } from '@jest/globals';
import { connectivityCheck } from './index.ts';

const GATEWAY = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';
const VM = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-a';
const check = {
  hops: [
    {
      type: 'Source',
      id: 'h1',
      address: '10.0.0.4',
      resourceId: GATEWAY,
      nextHopIds: ['h2'],
      issues: [
        {
          origin: 'Outbound',
          severity: 'Error',
          type: 'UserDefinedRoute',
          context: [
            { key: 'RouteType', value: 'User' },
            { key: 'NextHop', value: '10.9.0.4' },
          ],
        },
      ],
    },
    { type: 'VirtualAppliance', id: 'h2', address: '10.9.0.4', resourceId: '', nextHopIds: ['h3'], issues: [] },
    { type: 'VirtualMachine', id: 'h3', address: '10.1.0.4', resourceId: VM, nextHopIds: [], issues: [] },
  ],
  connectionStatus: 'Unreachable',
  avgLatencyInMs: null,
  probesSent: 30,
  probesFailed: 30,
};
const read = (...documents: unknown[]) => connectivityCheck.read(documents);
const only = (document: unknown) => read(document).reading.connectivity?.[0];

test('a check is read with its hops, their issues and the two ends', () => {
  expect(read(check)).toEqual({
    state: 'ok',
    reading: {
      connectivity: [
        {
          status: 'Unreachable',
          sourceId: GATEWAY,
          destination: '10.1.0.4',
          probesSent: 30,
          probesFailed: 30,
          hops: [
            {
              type: 'Source',
              address: '10.0.0.4',
              resourceId: GATEWAY,
              issues: [
                {
                  type: 'UserDefinedRoute',
                  origin: 'Outbound',
                  severity: 'Error',
                  context: [{ RouteType: 'User' }, { NextHop: '10.9.0.4' }],
                },
              ],
            },
            { type: 'VirtualAppliance', address: '10.9.0.4', issues: [] },
            { type: 'VirtualMachine', address: '10.1.0.4', resourceId: VM, issues: [] },
          ],
        },
      ],
    },
  });
});

describe('the ends', () => {
  test('are told by the hops and not by their order', () => {
    const { sourceId, destination } = only({ ...check, hops: check.hops.toReversed() }) ?? {};
    expect([sourceId, destination]).toEqual([GATEWAY, '10.1.0.4']);
  });

  test('a check that does not leave its source names no destination', () => {
    expect(only({ ...check, hops: [{ ...check.hops[0], nextHopIds: [] }] })).not.toHaveProperty('destination');
  });

  test('what was asked tells the destination and its port, where it was kept beside the answer', () => {
    const asked = { source: { resourceId: GATEWAY }, destination: { address: 'app.contoso.com', port: 443 } };
    expect(only({ ...check, ...asked, hops: [] })).toMatchObject({
      sourceId: GATEWAY,
      destination: 'app.contoso.com',
      destinationPort: 443,
    });
  });
});

test('the context of an issue comes in two forms', () => {
  const issue = { Type: 'NetworkSecurityRule', Context: [{ RuleName: 'UserRule_deny', priority: 200, nested: {} }] };
  const shell = { ConnectionStatus: 'Unreachable', Hops: [{ Type: 'Source', Issues: [issue] }] };
  expect(connectivityCheck.recognise(shell)).toBe(true);
  expect(only(shell)?.hops[0]?.issues).toEqual([
    { type: 'NetworkSecurityRule', context: [{ RuleName: 'UserRule_deny', priority: '200' }] },
  ]);
});

test('several checks are read together', () => {
  expect(
    read([check, { ...check, connectionStatus: 'Reachable' }], check).reading.connectivity?.map(({ status }) => status),
  ).toEqual(['Unreachable', 'Reachable', 'Unreachable']);
});

test('what is bounded', () => {
  const hostile = {
    connectionStatus: 'x'.repeat(5_000),
    hops: Array.from({ length: 5_000 }, () => ({ issues: Array.from({ length: 60 }, () => ({ type: 'a' })) })),
  };
  const found = only(hostile);
  expect([found?.status.length, found?.hops.length, found?.hops[0]?.issues.length]).toEqual([40, 100, 50]);
});

test('something else is failed, with the error that was saved in its place', () => {
  expect(read({ hops: [] }).reason).toBe('the answer does not have the shape of a connectivity check');
  expect(read({ error: { code: 'NetworkWatcherNotFound', message: 'x' } }).reason).toBe(
    'the service answered with an error (NetworkWatcherNotFound)',
  );
});
