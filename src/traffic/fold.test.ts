import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Batch, newBatch } from './batch.ts';
import { foldRow, planRows } from './fold.ts';
import { spreadOf, writeLatency } from './latency.ts';
import { foldLedger, lostBetween, newLedger, silentPartitions } from './ledger.ts';
import { bytesOfText } from './message-samples.ts';
import { newRow, type WindowRow } from './row.ts';
import { readRow, writeRow } from './row-text.ts';
import { Scanner } from './scan.ts';
import { type MinuteWindow, makerOf, mergeRows, mergeWindows } from './window.ts';
import {
  batchOf,
  ENQUEUED_AT,
  foldBatch,
  type MessageSketch,
  type RequestSketch,
  type Rows,
  rowsOf,
} from './window-samples.ts';

/** A window in plain values with its names in order, so that two can be compared. */
function plain({ gateway, minute, rest, targets }: MinuteWindow) {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return {
    gateway,
    minute,
    rest,
    targets: sorted(targets).map(([key, { outcomes }]) => [
      key,
      sorted(outcomes).map(([name, { members, paths, timeTaken, ...outcome }]) => [
        name,
        { ...outcome, members: sorted(members), paths: sorted(paths), timeTaken: writeLatency(timeTaken) },
      ]),
    ]),
  };
}

const plainRows = (rows: Iterable<MinuteWindow>) =>
  mergeRows([...rows])
    .map(plain)
    .toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));

const request: fc.Arbitrary<RequestSketch> = fc.record({
  at: fc.constantFrom(
    '2026-09-14T02:10:31+00:00',
    '2026-09-14T02:10:59+00:00',
    '2026-09-14T02:11:00+00:00',
    '2026-09-14T00:10:00+00:00',
  ),
  resourceId: fc.constantFrom(
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGateways/one',
    '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/ONE',
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGateways/two',
  ),
  pool: fc.constantFrom('web', 'api'),
  setting: fc.constantFrom('https', 'http'),
  member: fc.constantFrom('10.0.0.4:443', '10.0.0.5:443', ''),
  status: fc.constantFrom(200, 404, 502, 504),
  serverStatus: fc.constantFrom('200', '502', ''),
  error: fc.constantFrom('ERRORINFO_NO_ERROR', 'ERRORINFO_UPSTREAM_NO_LIVE'),
  path: fc.constantFrom('/a', '/b?c=d'),
  seconds: fc.constantFrom(0, 0.001, 0.034, 20.01, 180),
});

/** Messages of one partition, in order, with numbers that may skip some. */
const messages: fc.Arbitrary<readonly MessageSketch[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.array(request, { maxLength: 4 })), { minLength: 1, maxLength: 8 })
  .map((steps) => {
    let sequenceNumber = 0;
    return steps.map(([step, requests]) => {
      sequenceNumber += step;
      return { sequenceNumber, requests };
    });
  });

describe('a row', () => {
  test('counts requests by how they ended, who decided, where they went and what they asked for', () => {
    const noLive = {
      status: 502,
      serverStatus: '',
      member: '',
      error: 'ERRORINFO_UPSTREAM_NO_LIVE',
      path: '/pay?card=4111',
      seconds: 0,
    };
    const [row] = rowsOf([
      {
        sequenceNumber: 7,
        requests: [
          {},
          { seconds: 0.1 },
          { member: '10.20.1.5:443' },
          noLive,
          { ...noLive, path: '/pay' },
          { status: 502, serverStatus: '502' },
        ],
      },
    ]);
    expect(row?.folded).toEqual({ sequenceNumber: 7, enqueuedAt: ENQUEUED_AT });
    const outcomes = [...(row?.targets.get('shop-web\nhttps-443')?.outcomes.values() ?? [])];
    expect(outcomes.map((outcome) => [outcome.status, makerOf(outcome), outcome.count])).toEqual([
      [200, 'backend', 3],
      [502, 'gateway', 2],
      [502, 'backend', 1],
    ]);
    const members = [...(outcomes[0]?.members ?? [])].map(([member, { requests }]) => [member, requests]);
    expect(Object.fromEntries(members)).toEqual({ '10.20.1.4:443': 2, '10.20.1.5:443': 1 });
    expect([...(outcomes[1]?.paths ?? [])]).toEqual([['/pay', 2]]);
    expect(outcomes[0]?.paths.size).toBe(0);
    expect(outcomes[0]).toMatchObject({ sentBytes: 3 * 20_480, receivedBytes: 3 * 512 });
    const spread = outcomes[0] && spreadOf(outcomes[0].timeTaken);
    expect(spread).toMatchObject({ min: 0.034, p50: 0.034, max: 0.1 });
    expect(JSON.stringify(plainRows(row ? [row] : []))).not.toContain('4111');
  });

  test('has the requests of its own minute only, by any spelling of the gateway', () => {
    const rows = rowsOf([
      {
        sequenceNumber: 1,
        requests: [
          {
            at: '2026-09-14T02:10:59.999Z',
            resourceId: '/subscriptions/S/resourceGroups/G/providers/microsoft.network/applicationGateways/E',
          },
          {
            at: '2026-09-14T02:10:00+00:00',
            resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/E',
          },
          { at: '2026-09-14T02:11:00Z' },
        ],
      },
    ]);
    expect(
      rows.map(({ gateway, minute }) => [gateway.split('/').at(-1), minute - Date.parse('2026-09-14T02:10Z') / 60_000]),
    ).toEqual([
      ['e', 0],
      ['shop-edge', 1],
    ]);
  });

  test('survives being written and read', () => {
    fc.assert(
      fc.property(messages, (sketches) => {
        for (const row of rowsOf(sketches)) {
          const back = readRow(writeRow(row));
          expect(plain(back)).toEqual(plain(row));
          expect([back.folded, back.partition, back.nameBytes, back.outcomeCount]).toEqual([
            row.folded,
            row.partition,
            row.nameBytes,
            row.outcomeCount,
          ]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('goes on the same after it was written and read', () => {
    fc.assert(
      fc.property(messages, messages, (first, second) => {
        const after = second.map((message) => ({ ...message, sequenceNumber: message.sequenceNumber + 100 }));
        const rows: Rows = new Map();
        foldBatch(rows, batchOf(first));
        for (const [key, row] of rows) rows.set(key, readRow(writeRow(row)));
        foldBatch(rows, batchOf(after));
        expect(plainRows(rows.values())).toEqual(plainRows(rowsOf([...first, ...after])));
      }),
      { numRuns: 50 },
    );
  });

  test('of another version is refused, so that it is not written over', () => {
    expect(() => readRow('{"v":2}')).toThrow('another version');
  });
});

describe('nothing is counted twice or lost', () => {
  test('whatever comes again, and wherever a batch is cut', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 6 }), (sketches, again) => {
        const rows: Rows = new Map();
        let next = 0;
        // Each delivery starts at or before the first message that is not folded, as after a lost checkpoint.
        for (const [back, length] of again) {
          const from = Math.max(0, next - back);
          const to = Math.min(sketches.length, from + length);
          if (to <= from) continue;
          foldBatch(rows, batchOf(sketches.slice(from, to)));
          next = Math.max(next, to);
        }
        foldBatch(rows, batchOf(sketches.slice(next)));
        foldBatch(rows, batchOf(sketches));
        expect(plainRows(rows.values())).toEqual(plainRows(rowsOf(sketches)));
      }),
      { numRuns: 100 },
    );
  });

  test('when the process dies after any number of writes of a batch', () => {
    fc.assert(
      fc.property(messages, fc.nat(4), (sketches, written) => {
        const half = Math.ceil(sketches.length / 2);
        const rows: Rows = new Map();
        const whole: Rows = new Map();
        foldBatch(whole, batchOf(sketches.slice(0, half)));
        for (const [key, row] of [...whole].slice(0, written)) rows.set(key, row);
        foldBatch(rows, batchOf(sketches.slice(0, half)));
        foldBatch(rows, batchOf(sketches.slice(half)));
        expect(plainRows(rows.values())).toEqual(plainRows(rowsOf(sketches)));
      }),
      { numRuns: 100 },
    );
  });

  test('when an event hub is made anew and its numbers start again', () => {
    const rows: Rows = new Map();
    const later = ENQUEUED_AT + 1_000;
    foldBatch(rows, batchOf([{ sequenceNumber: 900, requests: [{}] }]));
    const anew = [
      { sequenceNumber: 0, enqueuedAt: later, requests: [{}] },
      { sequenceNumber: 1, enqueuedAt: later, requests: [{}] },
    ];
    foldBatch(rows, batchOf(anew));
    foldBatch(rows, batchOf(anew));
    expect(plainRows(rows.values())).toEqual(plainRows(rowsOf([{ sequenceNumber: 1, requests: [{}, {}, {}] }])));
  });
});

describe('windows merge', () => {
  const window = messages.map(
    (sketches) =>
      rowsOf(sketches).find(({ minute }) => minute * 60_000 === Date.parse('2026-09-14T02:10Z')) ?? newRow('', 0, ''),
  );
  const same = fc
    .tuple(window, window, window)
    .map((rows) => rows.map((row): MinuteWindow => ({ ...row, gateway: 'g', minute: 1 })));

  test('in any order', () => {
    fc.assert(
      fc.property(same, ([a, b, c]) => {
        if (!a || !b || !c) throw new Error('Three windows are made.');
        expect(plain(mergeWindows(mergeWindows(a, b), c))).toEqual(plain(mergeWindows(a, mergeWindows(b, c))));
        expect(plain(mergeWindows(a, b))).toEqual(plain(mergeWindows(b, a)));
        expect(plain(mergeWindows(a, { ...newRow('g', 1, ''), gateway: 'g' }))).toEqual(plain(a));
      }),
      { numRuns: 100 },
    );
  });

  test('and do not change what they were made of', () => {
    const [left, right] = [
      rowsOf([{ sequenceNumber: 1, requests: [{}] }])[0],
      rowsOf([{ sequenceNumber: 1, requests: [{ seconds: 9 }] }])[0],
    ];
    if (!left || !right) throw new Error('Both have a row.');
    const before = JSON.stringify([plain(left), plain(right)]);
    mergeWindows(mergeWindows(left, right), left);
    expect(JSON.stringify([plain(left), plain(right)])).toBe(before);
  });

  test('over partitions to what one partition would have counted', () => {
    fc.assert(
      fc.property(messages, (sketches) => {
        const rows: Rows = new Map();
        for (const [index, sketch] of sketches.entries()) foldBatch(rows, batchOf([sketch]), String(index % 3));
        expect(plainRows(rows.values())).toEqual(plainRows(rowsOf(sketches)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a batch touches a bounded number of rows', () => {
  const minute = (offset: number) => new Date(ENQUEUED_AT + offset * 60_000).toISOString();

  test('because records outside of the limits are counted as late', () => {
    const requests = Array.from({ length: 400 }, (_request, index) => ({ at: minute(index - 200) }));
    const batch = batchOf([{ sequenceNumber: 1, requests }]);
    const { rows, late } = planRows(batch, { lateMinutes: 10, earlyMinutes: 2 });
    expect(rows.map((row) => row.minute - ENQUEUED_AT / 60_000)).toEqual(
      Array.from({ length: 13 }, (_row, index) => index - 10),
    );
    expect([...late]).toEqual([400 - 13]);
  });

  test('and a record without a time counts when its message arrived', () => {
    const scanner = new Scanner();
    const batch = newBatch();
    scanner.scanMessage(
      batch,
      bytesOfText('{"category":"ApplicationGatewayAccessLog","properties":{"httpStatus":200}}'),
      { sequenceNumber: 1, enqueuedAt: ENQUEUED_AT },
    );
    expect(planRows(batch).rows).toEqual([{ gateway: '', minute: ENQUEUED_AT / 60_000, from: 0, to: 1 }]);
  });
});

describe('a row stays below the size of a row of the store', () => {
  /** A megabyte is the limit of a row, and 64 KB that of each of its values. */
  const LIMIT = 960_000;

  function foldAll(requests: readonly RequestSketch[]): WindowRow {
    const rows: Rows = new Map();
    const size = 2_000;
    for (let from = 0; from < requests.length; from += size)
      foldBatch(rows, batchOf([{ sequenceNumber: from + 1, requests: requests.slice(from, from + size) }]));
    const [row] = rows.values();
    if (!row || rows.size !== 1) throw new Error('All requests are of one minute.');
    return row;
  }

  const counted = (row: WindowRow) =>
    row.rest.requests +
    [...row.targets.values()]
      .flatMap(({ outcomes }) => [...outcomes.values()])
      .reduce((sum, { count }) => sum + count, 0);

  test('with more outcomes, members and paths than find room, and still counts every request', () => {
    const requests = Array.from({ length: 20_000 }, (_request, index) => ({
      pool: `pool-${index % 97}`,
      status: index % 2 === 0 ? 502 : 400 + (index % 89),
      serverStatus: '',
      error: `ERRORINFO_${index % 13}`,
      member: `member-${index}.internal.example:443`,
      path: `/${'p'.repeat(150)}/"${index}`,
    }));
    const row = foldAll(requests);
    expect(writeRow(row).length).toBeLessThan(LIMIT);
    expect(counted(row)).toBe(20_000);
    expect(row.rest.requests).toBeGreaterThan(0);
    expect(readRow(writeRow(row)).nameBytes).toBe(row.nameBytes);
    const failed = [...row.targets.values()]
      .flatMap(({ outcomes }) => [...outcomes.values()])
      .filter(({ status }) => status === 502);
    expect(failed.length).toBeGreaterThan(0);
    expect(row.rest.failed + failed.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    for (const { paths, otherPaths, count } of failed) {
      expect(paths.size).toBeLessThanOrEqual(20);
      expect([...paths.values()].reduce((sum, requests) => sum + requests, 0) + otherPaths).toBe(count);
    }
  });

  test('with every bin of every sketch filled with large counts', () => {
    const row = newRow('g', 1, '0');
    const batch = batchOf([
      {
        sequenceNumber: 1,
        requests: Array.from({ length: 200 }, (_request, index) => ({
          status: 502,
          error: `ERRORINFO_${index}`,
          at: '1970-01-01T00:01:00Z',
        })),
      },
    ]);
    const plan = planRows(batch, { lateMinutes: 1e9, earlyMinutes: 5 });
    for (const planned of plan.rows) foldRow(row, batch, plan, planned);
    for (const { outcomes } of row.targets.values())
      for (const { timeTaken } of outcomes.values())
        for (let milliseconds = 1; milliseconds <= 2 * 86_400_000; milliseconds *= 1.03)
          timeTaken.accept(milliseconds, 99_999);
    expect(row.outcomeCount).toBe(200);
    // The names may take 200,000 on top.
    expect(writeRow(row).length).toBeLessThan(LIMIT - 200_000);
  });
});

describe('the ledger of a partition', () => {
  const enter = (...batches: readonly Batch[]) =>
    batches.reduce((ledger, batch) => foldLedger(ledger, batch, planRows(batch)), newLedger('0'));

  test('counts what is missing once, within a batch and between batches', () => {
    const first = batchOf([
      { sequenceNumber: 10, requests: [{}] },
      { sequenceNumber: 13, requests: [{}] },
    ]);
    const second = batchOf([
      { sequenceNumber: 13, requests: [{}] },
      { sequenceNumber: 15, requests: [{}] },
    ]);
    const ledger = enter(first, second, first, second);
    expect(ledger).toMatchObject({ seen: { sequenceNumber: 15 }, messages: 3, restarts: 0 });
    expect(ledger.losses).toEqual([{ minute: ENQUEUED_AT / 60_000, missing: 3, unreadable: 0, unread: 0, late: 0 }]);
  });

  test('counts what could not be read and what came late', () => {
    const batch = batchOf([
      { sequenceNumber: 1, requests: [{}, { at: '2026-09-13T02:10:31Z' }, { status: 0, serverStatus: '' }] },
    ]);
    new Scanner().scanMessage(batch, bytesOfText('{"records":['), { sequenceNumber: 2, enqueuedAt: ENQUEUED_AT });
    const ledger = enter(batch);
    const minute = ENQUEUED_AT / 60_000;
    expect(ledger.losses).toEqual([{ minute, missing: 0, unreadable: 1, unread: 1, late: 1 }]);
    expect(lostBetween([ledger, ledger], minute - 5, minute)).toBe(6);
    expect(lostBetween([ledger], minute + 1, minute + 5)).toBe(0);
  });

  test('keeps a bounded number of minutes', () => {
    const gaps = Array.from({ length: 400 }, (_gap, index) => ({
      sequenceNumber: index * 2,
      enqueuedAt: index * 60_000,
      requests: [],
    }));
    expect(enter(batchOf(gaps)).losses.map(({ minute }) => minute)).toEqual(
      Array.from({ length: 240 }, (_loss, index) => index + 160),
    );
  });

  test('notices that the hub was made anew', () => {
    const ledger = enter(
      batchOf([{ sequenceNumber: 900, requests: [] }]),
      batchOf([{ sequenceNumber: 3, enqueuedAt: ENQUEUED_AT + 1, requests: [] }]),
    );
    expect(ledger).toMatchObject({ restarts: 1, seen: { sequenceNumber: 3 }, losses: [] });
  });

  test('tells a partition that is silent while others are not', () => {
    const at = (partition: string, enqueuedAt: number) => ({
      ...newLedger(partition),
      seen: { sequenceNumber: 1, enqueuedAt },
    });
    expect(silentPartitions([at('0', 900_000), at('1', 100_000), newLedger('2')], 600_000)).toEqual(['1', '2']);
    expect(silentPartitions([newLedger('0'), newLedger('1')], 600_000)).toEqual([]);
    expect(silentPartitions([], 600_000)).toEqual([]);
  });
});
