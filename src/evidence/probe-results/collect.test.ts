import { afterEach, expect, test } from '@jest/globals';
import { collectSnapshot } from '../collect-snapshot.ts';
import type { AzureClients, ProberLimits } from '../evidence-kind.ts';
import { readSnapshot } from '../read-snapshot.ts';
import { probeResults } from './index.ts';
import { closedPort, closeMembers, gatewaySketch, httpMember } from './prober/test-members.ts';

afterEach(closeMembers);

const nobody = async (): Promise<never> => {
  throw new Error('Nobody may be asked.');
};
const clients: AzureClients = {
  ...{ network: nobody, monitor: nobody, resourceHealth: nobody, logs: nobody, resourceGraph: nobody },
};
const name = 'agw';
const id = `/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/${name}`;

const collect = (readings: ReturnType<typeof gatewaySketch>, prober?: ProberLimits) =>
  collectSnapshot({
    ...{ gateway: { id, subscription: 's', resourceGroup: 'rg', name }, clients, kinds: [probeResults], readings },
    ...{ from: new Date(0), to: new Date(1), abort: new AbortController().signal, now: () => 0 },
    ...(prober ? { prober } : {}),
    // The prober's own end comes from its bounds, and the deadline must not depend on the machine.
    after: () => () => {},
  });

test('it is off unless it is switched on', async () => {
  const { evidence } = await collect(gatewaySketch());
  expect(evidence).toMatchObject([
    {
      name: 'probe-results',
      state: 'skipped',
      reason: 'the in-network prober is switched off (setting PROBER_ENABLED)',
    },
  ]);
});

test('without a configuration, or without a member, there is nothing to ask', async () => {
  const { gateway: _unread, ...readings } = gatewaySketch();
  expect((await collect(readings, {})).evidence[0]).toMatchObject({
    state: 'skipped',
    reason: expect.stringContaining('configuration'),
  });
  expect((await collect(gatewaySketch({ members: [] }), {})).evidence[0]?.state).toBe('skipped');
});

test('what it met can be read back from its JSON', async () => {
  const port = await httpMember((_request, response) => response.writeHead(404).end());
  const nowhere = await closedPort();
  const placeOf = (_address: string, asked: number) => ({ host: '127.0.0.1', port: asked === 80 ? port : nowhere });
  const snapshot = await collect(gatewaySketch({ probe: { host: 'app.contoso.com', path: '/up?key=1' } }), {
    drill: { placeOf },
  });
  expect(snapshot.evidence).toMatchObject([{ name: 'probe-results', state: 'ok' }]);
  expect(JSON.stringify(snapshot)).not.toContain('key=1');
  const readings = readSnapshot(JSON.parse(JSON.stringify(snapshot)), [probeResults]);
  expect(readings.probeResults?.observations).toMatchObject([
    {
      ...{ member: '10.0.0.4', pool: 'pool', setting: 'setting' },
      ports: expect.arrayContaining([{ port: 80, state: 'open', isConfigured: true }]),
      requests: [
        { kind: 'probe', path: '/up', host: 'app.contoso.com', status: 404, isAccepted: false },
        { kind: 'other-path', path: '/', host: 'app.contoso.com', status: 404, isAccepted: false },
      ],
    },
  ]);
});
