import { beforeEach, describe, expect, test } from '@jest/globals';
import { type MemoryPorts, memoryPorts } from '../../test/memory-ports.ts';
import { type MemoryTraffic, memoryTraffic } from '../../test/memory-traffic.ts';
import type { Incident } from '../core/incident.ts';
import { bytesOfText, envelope } from '../traffic/message-samples.ts';
import { TROUBLE_SETTINGS } from '../traffic/trouble-settings.ts';
import { TELL_AGAIN_MINUTES } from '../traffic/trouble-signals.ts';
import { type RequestSketch, requestText } from '../traffic/window-samples.ts';
import { readAccessLogBatch } from './read-traffic.ts';
import {
  type LookMemory,
  lookAtGateway,
  newLookMemory,
  sweepTraffic,
  type WatchPorts,
  watchBatch,
} from './watch-traffic.ts';

const GATEWAY_ID =
  '/SUBSCRIPTIONS/6F1E2D3C-4B5A-4978-8695-A4B3C2D1E0F9/RESOURCEGROUPS/SHOP-WEST/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/SHOP-EDGE';
const GATEWAY = GATEWAY_ID.toLowerCase();
const START = Date.parse('2026-09-14T02:00:00Z');
const failed: RequestSketch = {
  status: 502,
  serverStatus: '',
  member: '',
  error: 'ERRORINFO_UPSTREAM_NO_LIVE',
  path: '/pay',
};

let ports: MemoryPorts;
let store: MemoryTraffic;
let watch: WatchPorts;
let memory: LookMemory;
let sequence: number;
let asked: string[];
beforeEach(() => {
  ports = memoryPorts();
  ports.clock = new Date(START);
  store = memoryTraffic();
  asked = [];
  watch = {
    store,
    settings: { ...TROUBLE_SETTINGS, settleMinutes: 0 },
    requestTimeouts: async (gateway) => {
      asked.push(gateway);
      return new Map([['https-443', 20]]);
    },
  };
  memory = newLookMemory();
  sequence = 0;
});

/** A message with the requests of a minute, and the look that follows it. */
async function minute(at: number, requests: readonly RequestSketch[], partition = '0') {
  const time = START + at * 60_000;
  ports.clock = new Date(time + 59_000);
  sequence += 1;
  const own = { at: new Date(time).toISOString(), resourceId: GATEWAY_ID };
  const body = bytesOfText(envelope(requests.map((request) => requestText({ ...own, ...request }))));
  const messages = [{ body, sequenceNumber: sequence, enqueuedAt: ports.clock.getTime() }];
  const report = await readAccessLogBatch(store, messages, { hub: 'logs', id: partition });
  await watchBatch(ports, watch, report, memory);
}

const served = (count = 20) => Array.from({ length: count }, (): RequestSketch => ({}));
const incidents = (): readonly Incident[] => [...ports.rows.values()];
const signals = () => incidents().flatMap((incident) => incident.signals);
const told = () => signals().map(({ condition }) => condition);

describe('trouble', () => {
  test('opens an incident like an alert does, and is told once while it lasts', async () => {
    await minute(0, served());
    expect(incidents()).toEqual([]);
    for (let at = 1; at < 8; at += 1) await minute(at, [...served(), failed, failed], String(at % 3));
    expect(told()).toEqual(['fired']);
    expect(signals()[0]).toMatchObject({
      source: 'access-log-stream',
      kind: 'stream',
      severity: 1,
      gatewayId: GATEWAY,
      targets: [{ pool: 'shop-web', setting: 'https-443' }],
      title: 'shop-web~https-443: For 2 of 42 requests in 5 minutes the gateway found no live member',
    });
    expect(incidents()).toMatchObject([{ state: 'open', severity: 'error' }]);
    expect(ports.investigateQueue).toHaveLength(1);
  });

  test('that ends is told as resolved, once requests were served for long enough', async () => {
    await minute(0, [failed]);
    for (let at = 1; at < 5; at += 1) await minute(at, served());
    expect(told()).toEqual(['fired']);
    await minute(5, served());
    await minute(6, served());
    expect(told()).toEqual(['fired', 'resolved']);
    expect(signals()[1]?.title).toContain('None of');
    expect((await store.loadTrouble(GATEWAY))?.value).toEqual({ gateway: GATEWAY, open: [], outbox: [] });
  });

  test('of a gateway that may not be reported on opens nothing', async () => {
    ports.check = 'foreign';
    await minute(0, [failed]);
    expect(incidents()).toEqual([]);
    expect(ports.setAside).toHaveLength(1);
    await minute(1, [failed]);
    expect(ports.setAside).toHaveLength(1);
  });

  test('joins an incident that is open', async () => {
    await minute(0, [failed]);
    const [first] = incidents();
    await minute(1, [failed, ...Array.from({ length: 10 }, () => ({ ...failed, pool: 'shop-api' }))]);
    expect(incidents().map(({ id }) => id)).toEqual([first?.id]);
    expect(signals().map(({ targets }) => targets[0]?.pool)).toEqual(['shop-web', 'shop-api']);
  });

  test('that goes on after its incident was resolved is told again', async () => {
    await minute(0, [failed]);
    const [incident] = incidents();
    if (!incident) throw new Error('No incident was opened.');
    const slot = { gatewayId: GATEWAY, isTest: false };
    const resolvedAt = new Date(START + 3 * 60_000).toISOString();
    const resolved: Incident = { ...incident, state: 'resolved', resolvedAt };
    await ports.incidents.change(slot, () => ({ incident: resolved, result: undefined }));
    for (let at = 4; at < TELL_AGAIN_MINUTES - 1; at += 1) await minute(at, [failed]);
    expect(told()).toEqual(['fired']);
    await minute(TELL_AGAIN_MINUTES, [failed]);
    expect(told()).toEqual(['fired', 'fired']);
    expect(incidents()).toMatchObject([{ state: 'open' }]);
    await minute(2 * TELL_AGAIN_MINUTES, [failed]);
    expect(told()).toEqual(['fired', 'fired']);
  });

  test('of clients that give up is seen with the request timeout, which is asked for only then', async () => {
    const givenUp: RequestSketch = {
      status: 499,
      serverStatus: '',
      error: 'ERRORINFO_CLIENT_CLOSED_REQUEST',
      seconds: 19,
    };
    await minute(0, [...served(100), givenUp]);
    expect(asked).toEqual([]);
    await minute(1, [...served(100), ...Array.from({ length: 30 }, () => givenUp)]);
    expect(asked).toEqual([GATEWAY]);
    expect(signals()).toMatchObject([{ severity: 2, title: expect.stringContaining('the backend is slow') }]);
  });

  test('records without a gateway open nothing', async () => {
    await minute(0, [{ ...failed, resourceId: '/subscriptions/x' }]);
    expect(incidents()).toEqual([]);
    expect(store.rows.size).toBe(1);
  });
});

describe('looks', () => {
  test('are not made at a gateway where nothing fails', async () => {
    for (let at = 0; at < 5; at += 1) await minute(at, served());
    expect(store.looks).toBe(0);
  });

  test('at failures wait for their turn, and one look serves all that wait', async () => {
    await minute(0, served());
    const pauses: number[] = [];
    let wake = () => {};
    const slow: MemoryPorts = {
      ...ports,
      now: () => ports.clock,
      sleep: async (ms) => {
        pauses.push(ms);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      },
    };
    const report = { gateways: [{ gateway: GATEWAY, failingMinute: START / 60_000 }] };
    await watchBatch(slow, watch, report, memory);
    expect(store.looks).toBe(1);
    const waiting = watchBatch(slow, watch, report, memory);
    await watchBatch(slow, watch, report, memory);
    expect([store.looks, pauses]).toEqual([1, [5_000]]);
    wake();
    await waiting;
    expect(store.looks).toBe(2);
  });

  test('at failures of long ago are not made', async () => {
    const gateways = [{ gateway: GATEWAY, failingMinute: START / 60_000 - 120 }];
    await watchBatch(ports, watch, { gateways }, memory);
    expect([store.looks, store.noted.size]).toEqual([0, 0]);
  });
});

describe('a process that dies', () => {
  const look = () => lookAtGateway(ports, watch, GATEWAY, true);

  test('after it decided leaves a signal behind that the sweep hands over, under the same id', async () => {
    ports.failAt.set('incidents.change', new Error('the storage is away'));
    await expect(minute(0, [failed])).rejects.toThrow();
    const [left] = (await store.loadTrouble(GATEWAY))?.value.outbox ?? [];
    expect(incidents()).toEqual([]);
    ports.failAt.clear();
    ports.clock = new Date(START + 3 * 60_000);
    expect(await sweepTraffic(ports, watch)).toBe(1);
    expect(signals()).toEqual([left]);
    expect((await store.loadTrouble(GATEWAY))?.value.outbox).toEqual([]);
  });

  test('after it handed over has it taken in once', async () => {
    await minute(0, [failed]);
    const known = await store.loadTrouble(GATEWAY);
    const outbox = signals();
    if (!known) throw new Error('Nothing is known of the gateway.');
    await store.saveTrouble({ ...known.value, outbox }, known.version);
    await look();
    expect(signals()).toHaveLength(1);
    expect((await store.loadTrouble(GATEWAY))?.value.outbox).toEqual([]);
  });

  test('is looked after for as long as its gateway was noted', async () => {
    await minute(0, [failed]);
    ports.clock = new Date(START + 20 * 60_000);
    expect(await sweepTraffic(ports, watch)).toBe(0);
  });

  test('a second instance that decided first is believed', async () => {
    await minute(0, served());
    let isFirst = true;
    store.beforeSave = () => {
      if (!isFirst) return;
      isFirst = false;
      const state = { gateway: GATEWAY, open: [], outbox: [] };
      store.troubles.set(GATEWAY, { text: JSON.stringify(state), version: 'other' });
    };
    await minute(1, [failed]);
    expect(told()).toEqual(['fired']);
  });

  test('one gateway that cannot be judged does not keep the sweep from the others', async () => {
    await minute(0, [failed]);
    ports.rows.clear();
    store.troubles.clear();
    store.noted.set('/broken', ports.clock);
    const broken = {
      ...store,
      loadTrouble: async (gateway: string) => {
        if (gateway === '/broken') throw new Error('unreadable');
        return store.loadTrouble(gateway);
      },
    };
    expect(await sweepTraffic(ports, { ...watch, store: broken })).toBe(1);
    expect(told()).toEqual(['fired']);
  });
});
