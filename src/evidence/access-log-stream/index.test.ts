import { describe, expect, test } from '@jest/globals';
import { newLedger } from '../../traffic/ledger.ts';
import { streamDocument } from '../../traffic/stream-document.ts';
import { rowsOf } from '../../traffic/window-samples.ts';
import { NothingToAsk } from '../evidence-kind.ts';
import { evidenceKinds } from '../index.ts';
import { readSnapshot } from '../read-snapshot.ts';
import { recogniseDocuments } from '../recognise.ts';
import { collector } from './collect.ts';
import { accessLogStream } from './index.ts';

const MINUTE = Date.parse('2026-09-14T02:10Z') / 60_000;
const gatewayId =
  '/subscriptions/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9/resourceGroups/shop-west/providers/Microsoft.Network/applicationGateways/shop-edge';
const span = { gatewayId, fromMinute: MINUTE - 30, toMinute: MINUTE + 5 };
const seen = (minute: number) => ({ sequenceNumber: 9, enqueuedAt: minute * 60_000 });
const loss = { minute: MINUTE, missing: 2, unreadable: 1, unread: 3, late: 4 };
const rows = rowsOf([
  {
    sequenceNumber: 1,
    requests: [
      { at: '2026-09-14T02:10:10Z' },
      { at: '2026-09-14T02:11:20Z', status: 502, serverStatus: '', path: '/pay?card=1' },
    ],
  },
]);

/** Written and read back, as a snapshot's folder does. */
function read(...asked: Parameters<typeof streamDocument>) {
  return accessLogStream.read([JSON.parse(JSON.stringify(streamDocument(...asked)))]);
}

describe('the counts of the stream', () => {
  test('are read back as they were counted, with what is missing', () => {
    const ledger = { ...newLedger('logs/0'), seen: seen(MINUTE + 1), losses: [loss, { ...loss, minute: MINUTE - 20 }] };
    const { state, reading } = read(rows, [ledger], span);
    expect(state).toBe('ok');
    expect(reading.stream).toMatchObject({
      from: '2026-09-14T02:10:10.000Z',
      to: '2026-09-14T02:11:20.000Z',
      minutes: [
        { at: '2026-09-14T02:10:00.000Z', requests: 1, failed: 0 },
        { at: '2026-09-14T02:11:00.000Z', requests: 1, failed: 1 },
      ],
      failingPaths: [{ path: '/pay', failed: 1 }],
      failedElsewhere: 0,
      gaps: { missing: 2, unreadable: 1, unread: 3, late: 4, noRoom: 0, silent: [] },
      unread: 10,
    });
    expect(reading.stream?.groups).toHaveLength(2);
  });

  test('of no request are empty, and not an error', () => {
    expect(read([], [], span)).toMatchObject({ state: 'empty', reading: {} });
  });

  test.each([
    ['a partition that is silent while the others flow', [20, 0, 0, 0], ['logs/0']],
    ['none where messages are few and far between', [20, 14, 9, 0], []],
    ['none of a hub that is read no more', [3_000, 0, 0, 0], []],
    ['none where all are as quiet', [20, 20, 20, 20], []],
  ])('tell of %s', (_name, minutesAgo, silent) => {
    const ledgers = minutesAgo.map((ago, index) => ({ ...newLedger(`logs/${index}`), seen: seen(MINUTE - ago) }));
    expect(read(rows, ledgers, span).reading.stream?.gaps.silent).toEqual(silent);
  });

  test('are recognised by their schema, and are their own gateway’s alone', () => {
    const document = streamDocument(rows, [], span);
    expect(recogniseDocuments([document], evidenceKinds).map(({ name }) => name)).toEqual(['access-log-stream']);
    const evidence = [{ name: 'access-log-stream', state: 'ok', raw: document }] as const;
    expect(readSnapshot({ gatewayId, evidence }, evidenceKinds).stream?.minutes).toHaveLength(2);
    const other = readSnapshot({ gatewayId: `${gatewayId}-2`, evidence }, evidenceKinds);
    expect(other.stream).toBeUndefined();
  });

  test('from a file that somebody wrote by hand are no more than counts and short names', () => {
    const document = {
      schema: 'appgw-triage/access-log-stream@1',
      minutes: [{ at: 'now', requests: 5 }, { at: '2026-09-14T02:10:00Z', requests: '7', failed: -3 }, 'x', null],
      groups: [
        { status: 'x' },
        { status: 502, count: 1e300, pool: 'p'.repeat(9_999), member: { a: 1 }, timeTaken: { min: 1 } },
      ],
      paths: [{ path: 7, failed: 1 }, { path: '/a' }],
      gaps: { missing: '2', silent: [1, {}, 'logs/0'] },
    };
    const { state, reading } = accessLogStream.read([document]);
    expect(state).toBe('ok');
    expect(reading.stream?.minutes).toEqual([{ at: '2026-09-14T02:10:00.000Z', requests: 7, failed: 0 }]);
    expect(reading.stream?.groups).toMatchObject([{ status: 502, count: Number.MAX_SAFE_INTEGER }]);
    expect(reading.stream?.groups[0]?.pool).toHaveLength(253);
    expect(reading.stream?.groups[0]).not.toHaveProperty('member');
    expect(reading.stream?.gaps).toMatchObject({ missing: 2, silent: ['1', 'logs/0'] });
  });
});

describe('the collector', () => {
  const context = { gateway: { id: gatewayId }, from: new Date(0), to: new Date(1) } as never as Parameters<
    typeof collector.collect
  >[0];

  test('asks whoever reads the stream', async () => {
    const asked: unknown[] = [];
    const readStream = async (...question: unknown[]) => {
      asked.push(...question);
      return 'document';
    };
    expect(await collector.collect({ ...context, readStream })).toBe('document');
    expect(asked).toEqual([gatewayId, new Date(0), new Date(1)]);
  });

  test('has nothing to ask where no stream is read', async () => {
    await expect(collector.collect(context)).rejects.toBeInstanceOf(NothingToAsk);
  });
});
