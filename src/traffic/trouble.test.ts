import { describe, expect, test } from '@jest/globals';
import { decideTrouble, type TroubleContext, troubleKey } from './trouble.ts';
import { TROUBLE_SETTINGS } from './trouble-settings.ts';
import { batchOf, foldBatch, type RequestSketch, type Rows } from './window-samples.ts';

const START = Date.parse('2026-09-14T02:00:00Z');
const GATEWAY =
  '/subscriptions/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9/resourcegroups/shop-west/providers/microsoft.network/applicationgateways/shop-edge';
const KEY = troubleKey({ gateway: GATEWAY, pool: 'shop-web', setting: 'https-443' });

const served: RequestSketch = {};
const badGateway: RequestSketch = { status: 502, serverStatus: '502', error: 'ERRORINFO_NO_ERROR' };
const closed: RequestSketch = { status: 502, serverStatus: '', error: 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION' };
const noLive: RequestSketch = { status: 502, serverStatus: '', member: '', error: 'ERRORINFO_UPSTREAM_NO_LIVE' };
const givenUp: RequestSketch = {
  status: 499,
  serverStatus: '',
  error: 'ERRORINFO_CLIENT_CLOSED_REQUEST',
  seconds: 19.2,
};

type Minute = readonly (readonly [count: number, request: RequestSketch])[];

/** Decides at the end of the minutes given, in which these requests came. Minutes settle at once unless said otherwise. */
function decide(
  minutes: readonly Minute[],
  { now = minutes.length, ...context }: TroubleContext & { now?: number } = {},
) {
  const rows: Rows = new Map();
  for (const [index, minute] of minutes.entries()) {
    const at = new Date(START + index * 60_000).toISOString();
    const requests = minute.flatMap(([count, request]) => Array.from({ length: count }, () => ({ ...request, at })));
    foldBatch(
      rows,
      batchOf([{ sequenceNumber: index, enqueuedAt: START + index * 60_000, requests }]),
      String(index % 2),
    );
  }
  return decideTrouble([...rows.values()], { ...TROUBLE_SETTINGS, settleMinutes: 0 }, START + now * 60_000, context);
}

const repeat = (times: number, minute: Minute): readonly Minute[] => Array.from({ length: times }, () => minute);
const open = new Set([KEY]);
const calm: Minute = [[100, served]];

describe('trouble begins', () => {
  test.each([
    [
      'many failures, and a share that counts',
      [
        calm,
        [
          [90, served],
          [12, badGateway],
        ],
      ],
      'failing',
      /^12 of 202 requests \(5 %\)/,
    ],
    ['nearly all of a few', [[[3, closed]]], 'failing', /^3 of 3 requests \(100 %\)/],
    [
      'failures spread over minutes',
      repeat(4, [
        [40, served],
        [3, badGateway],
      ]),
      'failing',
      /^12 of 172/,
    ],
    [
      'a single request without a live member',
      [
        calm,
        [
          [100, served],
          [1, noLive],
        ],
      ],
      'no-live-member',
      /^For 1 of 201/,
    ],
    [
      'errors of the gateway far above the usual',
      [
        ...repeat(6, [
          [1_000, served],
          [1, closed],
        ]),
        [
          [1_000, served],
          [30, closed],
        ],
      ],
      'gateway-errors',
      /itself answered 31 of 2031/,
    ],
  ] as const)('with %s', (_name, minutes, sign, reason) => {
    const [decision, ...others] = decide(minutes);
    expect(others).toEqual([]);
    expect(decision).toMatchObject({ gateway: GATEWAY, pool: 'shop-web', setting: 'https-443', state: 'fired', sign });
    expect(decision?.reason).toMatch(reason);
    expect(decision?.lastMinute).toBe(START / 60_000 + minutes.length - 1);
  });

  test.each([
    ['no failure', [calm]],
    ['two failures of two', [[[2, badGateway]]]],
    [
      'few failures of many requests',
      [
        [
          [300, served],
          [9, badGateway],
        ],
      ],
    ],
    [
      'many failures of very many requests',
      [
        [
          [1_000, served],
          [40, badGateway],
        ],
      ],
    ],
    [
      'failures of which the older ones are past',
      [
        [
          [40, served],
          [9, badGateway],
        ],
        ...repeat(5, [[100, served]]),
        [
          [40, served],
          [9, badGateway],
        ],
      ],
    ],
    [
      'errors of the backend far above the usual',
      [
        ...repeat(6, [[1_000, served]]),
        [
          [1_000, served],
          [40, badGateway],
        ],
      ],
    ],
    [
      'errors of the gateway as always',
      repeat(8, [
        [1_000, served],
        [30, closed],
      ]),
    ],
  ] as const)('not with %s', (_name, minutes) => {
    const [decision] = decide(minutes);
    expect(decision).toMatchObject({ state: 'quiet', sign: 'none' });
    expect(decision?.reason).toMatch(/of \d+ requests failed/);
  });

  test('not with a status that only looks like it: a backend that answers 503, a client that went away', () => {
    const minutes = repeat(3, [
      [20, { status: 503, serverStatus: '503' }],
      [20, { ...givenUp, seconds: 1 }],
    ]);
    expect(decide(minutes)).toMatchObject([{ state: 'quiet', numbers: { failed: 0, requests: 120 } }]);
  });

  test('each pool for itself', () => {
    const other = { ...badGateway, pool: 'search' };
    expect(
      decide([
        [
          [100, served],
          [20, other],
        ],
      ]).map(({ pool, state }) => [pool, state]),
    ).toEqual([
      ['shop-web', 'quiet'],
      ['search', 'fired'],
    ]);
  });

  test('when the minutes arrive late, because what has arrived counts', () => {
    expect(decide([calm, [[50, noLive]]], { now: 20 })).toMatchObject([{ state: 'fired', sign: 'no-live-member' }]);
  });

  test('not when it is over by the time it is seen', () => {
    const [decision] = decide([[[50, noLive]], ...repeat(6, calm)]);
    expect(decision).toMatchObject({ state: 'quiet', sign: 'over-before-it-was-seen', lastMinute: START / 60_000 });
  });
});

describe('a slow backend', () => {
  const minutes = repeat(3, [
    [40, served],
    [10, givenUp],
  ]);

  test('is one whose clients give up just before the request timeout', () => {
    const [decision] = decide(minutes, { requestTimeoutSeconds: () => 20 });
    expect(decision).toMatchObject({
      state: 'fired',
      sign: 'slow-backend',
      numbers: { givenUp: 30, requests: 150, failed: 0 },
    });
  });

  test.each([
    ['where the timeout is not known', undefined],
    ['where the timeout is far longer', 120],
    ['where the timeout is shorter', 10],
  ])('is not told %s', (_name, timeout) => {
    expect(decide(minutes, { requestTimeoutSeconds: () => timeout })).toMatchObject([
      { state: 'quiet', numbers: { givenUp: 0 } },
    ]);
  });

  test('asks for the timeout of the very target', () => {
    const asked: unknown[] = [];
    decide([calm], { requestTimeoutSeconds: (target) => void asked.push(target) });
    expect(asked).toEqual([{ gateway: GATEWAY, pool: 'shop-web', setting: 'https-443' }]);
  });
});

describe('trouble ends', () => {
  const bad: Minute = [
    [20, served],
    [20, noLive],
  ];

  test('after the hold-down, when requests are served', () => {
    const [decision] = decide([bad, ...repeat(6, calm)], { open });
    expect(decision).toMatchObject({
      state: 'recovered',
      numbers: { requests: 600, failed: 0, served: 600 },
      lastMinute: START / 60_000,
    });
    expect(decision?.reason).toBe('None of 600 requests failed. That has lasted for 5 minutes or more.');
  });

  test('not before the hold-down', () => {
    expect(decide([bad, ...repeat(4, calm)], { open })).toMatchObject([{ state: 'fired', sign: 'no-live-member' }]);
  });

  test('not while minutes are still to arrive', () => {
    const rows: Rows = new Map();
    foldBatch(
      rows,
      batchOf([{ sequenceNumber: 1, enqueuedAt: START, requests: [{ ...noLive, at: new Date(START).toISOString() }] }]),
    );
    const [decision] = decideTrouble([...rows.values()], TROUBLE_SETTINGS, START + 30 * 60_000, { open });
    expect(decision).toMatchObject({ state: 'fired', sign: 'no-live-member' });
  });

  test('not where nobody asks any more', () => {
    const elsewhere: Minute = [[100, { pool: 'search' }]];
    const [decision] = decide([bad, ...repeat(8, elsewhere)], { open });
    expect(decision).toMatchObject({ state: 'fired', sign: 'not-seen-to-end' });
    expect(decision?.reason).toContain('No request has come since');
  });

  test('not where what comes is not served', () => {
    const refused: Minute = [[30, { status: 403, serverStatus: '', error: 'ERRORINFO_NO_ERROR' }]];
    expect(decide([bad, ...repeat(8, refused)], { open })).toMatchObject([{ state: 'fired', sign: 'not-seen-to-end' }]);
  });

  test('not where it comes back in between', () => {
    expect(decide([bad, ...repeat(4, calm), bad, ...repeat(4, calm)], { open })).toMatchObject([{ state: 'fired' }]);
  });

  test('with failures that are fewer than trouble', () => {
    const [decision] = decide(
      [
        bad,
        ...repeat(10, [
          [100, served],
          [1, badGateway],
        ]),
      ],
      { open },
    );
    expect(decision).toMatchObject({ state: 'recovered', numbers: { failed: 6 } });
    expect(decision?.reason).toMatch(/^Only 6 of 606 requests failed\./);
  });

  test('not by lasting so long that it has become the usual', () => {
    const spike: Minute = [
      [1_000, served],
      [30, closed],
    ];
    expect(decide(repeat(30, spike), { open })).toMatchObject([{ state: 'fired', sign: 'gateway-errors' }]);
  });

  test('when it has fallen out of the windows, and all has been well in them', () => {
    expect(decide(repeat(8, calm), { open })).toMatchObject([{ state: 'recovered' }]);
  });

  test('not when there is nothing to see at all', () => {
    expect(decide([], { open })).toMatchObject([
      { gateway: GATEWAY, pool: 'shop-web', state: 'fired', sign: 'not-seen-to-end' },
    ]);
  });
});
