import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../core/evidence.ts';
import type { EvidenceKind } from './evidence-kind.ts';
import { evidenceKinds } from './index.ts';
import { readSnapshot } from './read-snapshot.ts';
import { recogniseDocuments } from './recognise.ts';

const ID = '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';
const OTHER = ID.replace('/gw', '/gw-other');

const health = (id: string, pool = 'pool-a') => ({
  backendAddressPools: [
    {
      backendAddressPool: { id: `${id}/backendAddressPools/${pool}` },
      backendHttpSettingsCollection: [
        {
          backendHttpSettings: { id: `${id}/backendHttpSettingsCollection/s` },
          servers: [{ address: 'a', health: 'Healthy' }],
        },
      ],
    },
  ],
});
const configuration = (id: string) => ({
  id,
  name: id.split('/').at(-1),
  sku: { tier: 'WAF_v2' },
  backendAddressPools: [],
});
const access = (id: string, status = 502) => ({
  resourceId: id.toUpperCase(),
  time: '2026-09-14T02:10:11Z',
  category: 'ApplicationGatewayAccessLog',
  properties: { httpStatus: status, timeTaken: 1 },
});
const firewall = (id: string) => ({
  resourceId: id.toUpperCase(),
  category: 'ApplicationGatewayFirewallLog',
  properties: { action: 'Blocked', ruleId: '1' },
});

const read = (evidence: readonly Evidence[], gatewayId?: string) =>
  readSnapshot(
    { ...(gatewayId === undefined ? {} : { gatewayId }), takenAt: '2026-09-14T02:30:00.000Z', evidence },
    evidenceKinds,
  );

describe('readSnapshot', () => {
  test('reads what is there, and keeps every name with its state and reason', () => {
    const readings = read(
      [
        {
          name: 'backend-health',
          state: 'ok',
          raw: health(ID),
          takenAt: '2026-09-14T02:29:00.000Z',
          tookMs: 31_000,
          asked: 'POST',
        },
        { name: 'gateway', state: 'failed', reason: '403 AuthorizationFailed: the identity lacks x' },
        { name: 'metrics', state: 'skipped', reason: 'not needed' },
        { name: 'effective-nsg-nic1', state: 'ok', raw: { value: [] } },
      ],
      ID,
    );
    expect(readings.evidence).toEqual([
      { name: 'backend-health', state: 'ok', takenAt: '2026-09-14T02:29:00.000Z', tookMs: 31_000, asked: 'POST' },
      { name: 'gateway', state: 'failed', reason: '403 AuthorizationFailed: the identity lacks x' },
      { name: 'metrics', state: 'skipped', reason: 'not needed' },
      { name: 'effective-nsg-nic1', state: 'ok' },
    ]);
    expect(readings).toMatchObject({ gatewayId: ID, takenAt: '2026-09-14T02:30:00.000Z' });
    expect(readings.backendHealth?.targets).toHaveLength(1);
    expect(readings).not.toHaveProperty('gateway');
  });

  test('an answer that is none of its name is failed, whatever the snapshot says', () => {
    const { evidence, ...readings } = read([{ name: 'backend-health', state: 'ok', raw: null }], ID);
    expect(evidence).toEqual([
      { name: 'backend-health', state: 'failed', reason: 'the answer does not have the shape of backend health' },
    ]);
    expect(readings).not.toHaveProperty('backendHealth');
  });

  test('a failed read is not read again, even where its body was kept', () => {
    const { evidence, ...readings } = read([{ name: 'backend-health', state: 'failed', reason: 'x', raw: health(ID) }]);
    expect(evidence).toEqual([{ name: 'backend-health', state: 'failed', reason: 'x' }]);
    expect(readings).not.toHaveProperty('backendHealth');
  });

  test('an emptiness that says something is read', () => {
    const readings = read([{ name: 'backend-health', state: 'empty', raw: { backendAddressPools: [] } }]);
    expect(readings.evidence[0]?.state).toBe('empty');
    expect(readings.backendHealth).toEqual({ targets: [] });
  });

  test('several documents of one name are one', () => {
    const readings = read([
      { name: 'backend-health', state: 'ok', raw: health(ID), takenAt: '2026-09-14T02:00:00.000Z' },
      { name: 'backend-health', state: 'failed', reason: 'torn' },
      { name: 'backend-health', state: 'ok', raw: health(ID, 'pool-b'), takenAt: '2026-09-14T02:01:00.000Z' },
    ]);
    expect(readings.evidence).toEqual([
      { name: 'backend-health', state: 'ok', reason: 'torn', takenAt: '2026-09-14T02:01:00.000Z' },
    ]);
    expect(readings.backendHealth?.targets.map(({ pool }) => pool)).toEqual(['pool-a', 'pool-b']);
  });

  test('a reader that throws costs its own reading only', () => {
    const broken: EvidenceKind = {
      name: 'gateway',
      title: 'x',
      recognise: () => true,
      read: () => {
        throw new Error('a defect');
      },
    };
    const readings = readSnapshot(
      {
        evidence: [
          { name: 'gateway', state: 'ok', raw: {} },
          { name: 'backend-health', state: 'ok', raw: health(ID) },
        ],
      },
      [broken, ...evidenceKinds.filter((kind) => kind.name !== 'gateway')],
    );
    expect(readings.evidence.map(({ state }) => state)).toEqual(['failed', 'ok']);
    expect(JSON.stringify(readings)).not.toContain('a defect');
  });

  test('nothing at all is a reading of nothing', () => {
    expect(readSnapshot({ evidence: [] }, evidenceKinds)).toEqual({ evidence: [] });
  });
});

describe('one gateway', () => {
  const mixed = (): Evidence[] => [
    { name: 'access-log', state: 'ok', raw: { records: [access(ID), access(OTHER), access(OTHER)] } },
    { name: 'gateway', state: 'ok', raw: [configuration(OTHER), configuration(ID)] },
  ];

  test("the snapshot's is read out of documents that hold several", () => {
    const { evidence, traffic, gateway } = read(mixed(), ID);
    expect(evidence.map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(traffic?.groups.map(({ count }) => count)).toEqual([1]);
    expect(gateway?.id).toBe(ID);
  });

  test('backend health names it where the snapshot does not', () => {
    const { traffic, gateway } = read([...mixed(), { name: 'backend-health', state: 'ok', raw: health(OTHER) }]);
    expect(traffic?.groups.map(({ count }) => count)).toEqual([2]);
    expect(gateway?.id).toBe(OTHER);
  });

  test('nothing is mixed where nothing tells which is meant', () => {
    const readings = read(mixed());
    expect(readings.evidence.map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(readings).not.toHaveProperty('traffic');
  });

  test("another gateway's file is not this one's evidence", () => {
    const readings = read([
      { name: 'backend-health', state: 'ok', raw: health(ID) },
      { name: 'gateway', state: 'ok', raw: configuration(OTHER) },
    ]);
    expect(readings.evidence[1]).toMatchObject({ state: 'failed', reason: 'this was read from another gateway' });
  });

  test('rows of a query are told apart by their column', () => {
    const columns = ['HttpStatus', 'TimeTaken', '_ResourceId'].map((name) => ({ name, type: 'x' }));
    const rows = [
      [502, 1, ID.toLowerCase()],
      [502, 1, OTHER.toLowerCase()],
    ];
    const { traffic } = read(
      [{ name: 'access-log', state: 'ok', raw: { tables: [{ name: 't', columns, rows }] } }],
      ID,
    );
    expect(traffic?.groups.map(({ count }) => count)).toEqual([1]);
  });

  test('a masked subscription does not make a stranger of it', () => {
    const masked = ID.replace('/s1/', '/xxxxxxxx/');
    const readings = read([
      { name: 'backend-health', state: 'ok', raw: health(ID) },
      { name: 'gateway', state: 'ok', raw: configuration(masked) },
    ]);
    expect(readings.evidence.map(({ state }) => state)).toEqual(['ok', 'ok']);
  });
});

describe('recogniseDocuments', () => {
  test('names what it knows by its shape, and leaves out what it does not', () => {
    const documents = [health(ID), configuration(ID), { something: 'else' }, null, 'text', 4];
    expect(recogniseDocuments(documents, evidenceKinds).map(({ name, state }) => [name, state])).toEqual([
      ['backend-health', 'ok'],
      ['gateway', 'ok'],
    ]);
  });

  test('one envelope can hold two kinds', () => {
    const evidence = recogniseDocuments([{ records: [access(ID), firewall(ID)] }], evidenceKinds);
    expect(evidence.map(({ name }) => name)).toEqual(['access-log', 'firewall-log']);
    const readings = read(evidence);
    expect(readings.traffic?.groups).toHaveLength(1);
    expect(readings.firewall?.records).toHaveLength(1);
  });

  test('lines of a blob are one document', () => {
    const evidence = recogniseDocuments([access(ID), health(ID), access(ID, 200), firewall(ID)], evidenceKinds);
    expect(evidence.map(({ name }) => name)).toEqual(['backend-health', 'access-log', 'firewall-log']);
    expect(read(evidence).traffic?.groups.map(({ status }) => status)).toEqual([502, 200]);
  });
});
