import { describe, expect, test } from '@jest/globals';
import type { DeliverMessage } from '../app/ports.ts';
import type { Notification } from '../core/notification.ts';
import type { AuditFinding, GatewayAudit } from '../prevention/audit.ts';
import { auditDaily, type DailyPorts } from './audit-daily.ts';

const idOf = (name: string) =>
  `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/${name}`;

const finding = (key: string, more: Partial<AuditFinding> = {}): AuditFinding => ({
  ...{ check: 'a', title: 'A is wrong', prevents: [], key: `a|${key}`, cost: 'pool', nearness: 'someday', scope: {} },
  ...{
    says: `${key} is so.`,
    because: [{ evidence: 'gateway', quote: 'x', says: 'So.' }],
    fix: [{ text: 'Mend it.' }],
  },
  ...more,
});

interface World {
  now: Date;
  gateways: string[];
  /** What each gateway's audit comes to; a text is the reason why it could not be read. */
  found: Map<string, readonly AuditFinding[] | string>;
  /** Checks that could not be judged. */
  open: string[];
  room: number;
  hour: number | undefined;
  readonly documents: Map<string, unknown>;
  readonly delivered: DeliverMessage[];
  readonly asked: string[];
  failDeliver: boolean;
  onAudit: () => void;
}

function makeWorld(...names: readonly string[]): World {
  return {
    now: new Date('2026-11-23T05:10:15Z'),
    gateways: names.map(idOf),
    found: new Map(names.map((name) => [idOf(name), []])),
    ...{ open: [], room: 200, hour: 5, documents: new Map(), delivered: [], asked: [], failDeliver: false },
    onAudit: () => {},
  };
}

function portsOf(world: World): DailyPorts {
  return {
    now: () => world.now,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    hour: world.hour,
    portalUrl: 'https://portal.azure.com',
    digest: (text, length) => Buffer.from(text).toString('hex').slice(-length).padStart(length, '0'),
    armRoom: async () => world.room,
    routes: [
      { name: 'slack', takesPages: true },
      { name: 'teams', takesPages: false, fromSeverity: 'critical' },
    ],
    snapshots: {
      save: async () => {},
      saveDocument: async (path, document) => {
        world.documents.set(path, JSON.parse(JSON.stringify(document)));
      },
      loadDocument: async (path) => world.documents.get(path),
    },
    queues: {
      investigate: async () => {},
      deliver: async (message) => {
        if (world.failDeliver) throw new Error('storage is gone');
        world.delivered.push(message);
      },
      look: async () => ({ abandonedInvestigations: 0, oldestMinutes: {} }),
      deadLetterDelivery: async () => {},
    },
    gateways: async () => world.gateways,
    auditOne: async (gatewayId) => {
      world.asked.push(gatewayId);
      world.onAudit();
      const found = world.found.get(gatewayId) ?? [];
      if (typeof found === 'string') return { unread: found };
      return {
        gateway: { id: gatewayId },
        findings: found,
        checks: world.open.map((check) => ({
          ...{ check, title: check, outcome: 'not-judged' as const, missing: [{ read: 'Something.' }] },
        })),
        evidence: [],
      } satisfies GatewayAudit;
    },
  };
}

const run = (world: World) => auditDaily(portsOf(world));
const nextDay = (world: World) => {
  world.now = new Date(world.now.getTime() + 86_400_000);
};
const lastDigest = (world: World) =>
  world.documents.get(world.delivered.at(-1)?.notification ?? '') as Notification | undefined;
const saidIn = (world: World) => lastDigest(world)?.digest?.items.map(({ says, news }) => `${news}: ${says}`);

describe('the daily audit', () => {
  test('comes once a day, from its hour on, and not at all where it is switched off', async () => {
    const world = makeWorld('a');
    world.now = new Date('2026-11-23T04:50:15Z');
    expect(await run(world)).toEqual({ audited: 0, left: 0, told: false });
    world.now = new Date('2026-11-23T05:00:15Z');
    expect((await run(world)).audited).toBe(1);
    expect((await run(world)).audited).toBe(0);
    nextDay(world);
    expect((await run(world)).audited).toBe(1);
    world.hour = undefined;
    nextDay(world);
    expect((await run(world)).audited).toBe(0);
  });

  test('tells what is new in one message, then only what is new or worse', async () => {
    const world = makeWorld('a', 'b');
    world.found.set(idOf('a'), [finding('one'), finding('small', { cost: 'hygiene' })]);
    world.found.set(idOf('b'), [finding('two', { cost: 'requests' })]);
    expect((await run(world)).told).toBe(true);
    expect(world.delivered.map(({ sink, revision }) => [sink, revision])).toEqual([['slack', 1]]);
    expect(saidIn(world)).toEqual(['new: one is so.', 'new: two is so.']);

    nextDay(world);
    expect((await run(world)).told).toBe(false);
    expect(world.delivered).toHaveLength(1);

    nextDay(world);
    world.found.set(idOf('b'), [finding('two', { cost: 'pool', nearness: 'soon' }), finding('three')]);
    await run(world);
    expect(saidIn(world)).toEqual(['worse: two is so.', 'new: three is so.']);
    expect(lastDigest(world)).toMatchObject({ kind: 'digest', gateway: { name: 'b' }, severity: 'warning' });
    expect(new Set(world.delivered.map(({ incidentId }) => incidentId)).size).toBe(2);
  });

  test('a reading that is missing for a day makes nothing new', async () => {
    const world = makeWorld('a');
    world.found.set(idOf('a'), [finding('one')]);
    await run(world);
    nextDay(world);
    world.found.set(idOf('a'), []);
    world.open = ['a'];
    await run(world);
    nextDay(world);
    world.found.set(idOf('a'), [finding('one')]);
    world.open = [];
    await run(world);
    expect(world.delivered).toHaveLength(1);
    // What was mended and comes back is news.
    nextDay(world);
    world.found.set(idOf('a'), []);
    await run(world);
    nextDay(world);
    world.found.set(idOf('a'), [finding('one')]);
    await run(world);
    expect(world.delivered).toHaveLength(2);
  });

  test('goes on in the next run where time or calls ran out, and tells when all are done', async () => {
    const world = makeWorld('a', 'b', 'c', 'd');
    for (const id of world.gateways) world.found.set(id, [finding('one')]);
    world.onAudit = () => {
      world.now = new Date(world.now.getTime() + 100_000);
    };
    const first = await run(world);
    expect(first).toMatchObject({ told: false });
    expect(first.audited).toBeGreaterThan(0);
    expect(first.left).toBe(4 - first.audited);
    expect(world.delivered).toEqual([]);
    world.room = 20;
    expect(await run(world)).toMatchObject({ audited: 0, told: false });
    world.room = 200;
    for (let round = 0; round < 3 && world.delivered.length === 0; round += 1) await run(world);
    expect(world.asked.toSorted()).toEqual(world.gateways.toSorted());
    expect(lastDigest(world)?.digest?.items).toHaveLength(4);
  });

  test('what was not handed over is handed over later, under the same id and message', async () => {
    const world = makeWorld('a');
    world.found.set(idOf('a'), [finding('one')]);
    world.failDeliver = true;
    await expect(run(world)).rejects.toThrow('storage is gone');
    world.failDeliver = false;
    expect((await run(world)).audited).toBe(0);
    expect(world.delivered).toHaveLength(1);

    // A whole day without storage: the next digest has both days.
    const other = makeWorld('a');
    other.found.set(idOf('a'), [finding('one')]);
    other.failDeliver = true;
    await expect(run(other)).rejects.toThrow();
    nextDay(other);
    other.failDeliver = false;
    other.found.set(idOf('a'), [finding('one'), finding('two')]);
    await run(other);
    expect(saidIn(other)).toEqual(['new: one is so.', 'new: two is so.']);
  });

  test('a gateway that can no longer be read is told once, and keeps what was known of it', async () => {
    const world = makeWorld('a', 'b');
    world.found.set(idOf('a'), [finding('one')]);
    await run(world);
    nextDay(world);
    world.found.set(idOf('a'), '403: forbidden');
    await run(world);
    expect(lastDigest(world)?.digest).toMatchObject({
      ...{ audited: 1, items: [] },
      unread: [{ gateway: 'a', reason: '403: forbidden' }],
    });
    nextDay(world);
    await run(world);
    nextDay(world);
    world.found.set(idOf('a'), [finding('one')]);
    await run(world);
    expect(world.delivered).toHaveLength(2);
  });

  test('one audit that throws holds up no other, and is tried again', async () => {
    const world = makeWorld('a', 'b');
    const ports = portsOf(world);
    let isBroken = true;
    const auditOne: DailyPorts['auditOne'] = async (id) => {
      if (id === idOf('a') && isBroken) throw new Error('no token');
      return ports.auditOne(id);
    };
    expect(await auditDaily({ ...ports, auditOne })).toEqual({ audited: 1, left: 1, told: false });
    isBroken = false;
    expect((await auditDaily({ ...ports, auditOne })).left).toBe(0);
  });

  test('the same gateway in another spelling is one', async () => {
    const world = makeWorld('a');
    world.found.set(idOf('a'), [finding('one')]);
    await run(world);
    nextDay(world);
    world.gateways = [idOf('a').toUpperCase()];
    world.found.set(idOf('a').toUpperCase(), [finding('one')]);
    await run(world);
    expect(world.delivered).toHaveLength(1);
  });
});
