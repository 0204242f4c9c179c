import { beforeEach, describe, expect, test } from '@jest/globals';
import { type MemoryPorts, memoryPorts } from '../../test/memory-ports.ts';
import { memoryTraffic } from '../../test/memory-traffic.ts';
import type { HubPartition } from '../app/read-traffic.ts';
import { newLookMemory } from '../app/watch-traffic.ts';
import { bytesOfText, envelope } from '../traffic/message-samples.ts';
import { TIME_LIMITS } from '../traffic/time-limits.ts';
import { TROUBLE_SETTINGS } from '../traffic/trouble-settings.ts';
import { requestText } from '../traffic/window-samples.ts';
import { takeAccessLog, takeAlerts } from './stream-triggers.ts';

const partition: HubPartition = { hub: 'alerts', id: '1' };
const GATEWAY_ID =
  '/subscriptions/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9/resourcegroups/shop-west/providers/microsoft.network/applicationgateways/shop-edge';

let ports: MemoryPorts;
beforeEach(() => {
  ports = memoryPorts();
});

function alert(id: string, target = GATEWAY_ID): string {
  return JSON.stringify({
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: `/subscriptions/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9/providers/Microsoft.AlertsManagement/alerts/${id}`,
        alertRule: 'healthy-hosts',
        severity: 'Sev1',
        signalType: 'Metric',
        monitorCondition: 'Fired',
        monitoringService: 'Platform',
        alertTargetIDs: [target],
        firedDateTime: '2026-09-14T02:29:31.0000000Z',
      },
      alertContext: null,
    },
  });
}

function batch(...bodies: readonly (string | Uint8Array)[]) {
  const messages = bodies.map((body, index) => ({
    body: typeof body === 'string' ? bytesOfText(body) : body,
    sequenceNumber: 7 + index,
    enqueuedAt: Date.parse('2026-09-14T02:29:40Z'),
  }));
  return { partition, messages };
}

describe('alerts by event hub', () => {
  test('go through the same door as those by webhook', async () => {
    await takeAlerts(ports, batch(alert('a7d1c0de-4f1e-4a53-9a5b-0d2f8f1a9b11')));
    expect([...ports.rows.values()]).toMatchObject([{ state: 'open', signals: [{ source: 'azure-monitor' }] }]);
    expect(ports.investigateQueue).toHaveLength(1);
  });

  test('one bad message does not keep the others out, is recorded, and is not repeated', async () => {
    const bad = ['{"schemaId":', '', '[]', Buffer.from([0xff, 0xfe]), '{}'];
    await takeAlerts(ports, batch(...bad, alert('a7d1c0de-4f1e-4a53-9a5b-0d2f8f1a9b11')));
    expect(ports.rows.size).toBe(1);
    expect(ports.setAside).toHaveLength(bad.length);
    expect(ports.setAside[0]).toMatchObject({ id: 'alerts/1/7', reason: expect.stringContaining('body-not-json') });
  });

  test('what cannot be stored now comes again, and what was stored is known', async () => {
    const first = alert('a7d1c0de-4f1e-4a53-9a5b-0d2f8f1a9b11');
    const other = alert('b7d1c0de-4f1e-4a53-9a5b-0d2f8f1a9b12', `${GATEWAY_ID}-2`);
    const { change } = ports.incidents;
    let isDown = true;
    const failing: MemoryPorts = {
      ...ports,
      now: ports.now,
      incidents: {
        ...ports.incidents,
        change: async (slot, decide) => {
          if (isDown && !slot.gatewayId.endsWith('-2')) throw new Error('the storage is away');
          return change(slot, decide);
        },
      },
    };
    const messages = batch('not json', first, other);
    await expect(takeAlerts(failing, messages)).rejects.toThrow('1 of 3 alerts');
    expect([...ports.rows.values()].map(({ gatewayId }) => gatewayId)).toEqual([`${GATEWAY_ID}-2`]);
    expect(ports.setAside).toEqual([]);
    isDown = false;
    await takeAlerts(failing, messages);
    expect([...ports.rows.values()].map(({ signals }) => signals.length)).toEqual([1, 1]);
    expect(ports.setAside).toHaveLength(1);
  });
});

describe('a batch of the access log', () => {
  const request = { resourceId: GATEWAY_ID, status: 502, serverStatus: '', error: 'ERRORINFO_UPSTREAM_NO_LIVE' };
  const stream = () => ({
    storage: undefined as never,
    store: memoryTraffic(),
    settings: TROUBLE_SETTINGS,
    requestTimeouts: async () => new Map<string, number>(),
    limits: TIME_LIMITS,
    retentionDays: 7,
    memory: newLookMemory(),
  });

  test('is counted, judged, and what of it cannot be read is kept', async () => {
    const traffic = stream();
    const text = envelope([requestText({ ...request, at: '2026-09-14T02:29:10Z' })]);
    const report = await takeAccessLog(ports, traffic, batch(text, '{"records":'));
    expect(report).toMatchObject({ messages: 2, records: 1, deadLetters: 1, rowsWritten: 2 });
    expect(traffic.store.letters.map(({ reason }) => reason)).toEqual(['not-json']);
    expect([...ports.rows.values()]).toMatchObject([{ signals: [{ source: 'access-log-stream' }] }]);
  });

  test('comes again where it could not be judged, and is not counted twice', async () => {
    const traffic = stream();
    const messages = batch(envelope([requestText({ ...request, at: '2026-09-14T02:29:10Z' })]));
    ports.failAt.set('incidents.change', new Error('the storage is away'));
    await expect(takeAccessLog(ports, traffic, messages)).rejects.toThrow();
    ports.failAt.clear();
    ports.clock = new Date(ports.clock.getTime() + 10_000);
    expect(await takeAccessLog(ports, traffic, messages)).toMatchObject({ rowsWritten: 0 });
    expect([...ports.rows.values()]).toHaveLength(1);
  });
});
