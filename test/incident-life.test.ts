import { describe, expect, test } from '@jest/globals';
import { backendHealthJson, GATEWAY_ID, gatewayJson, type HealthSketch } from '../src/causes/case.ts';
import { alert, fails, lostAlert, noSilence, resolves, silence, sink, story, works, world } from './timeline.ts';

/** The life of an incident, told in time: what happens when, and exactly which messages that means. */

const gateway = gatewayJson({
  pools: { 'pool-checkout': ['10.0.0.4', '10.0.0.5'], 'pool-search': ['10.0.0.8'] },
  settings: { 'http-8080': { port: 8080, probe: 'probe-health' } },
  probes: { 'probe-health': { path: '/health' } },
  routes: [
    ['pool-checkout', 'http-8080'],
    ['pool-search', 'http-8080', ['/search/*']],
  ],
});
const fine: HealthSketch = ['', 'Healthy', 'Success. Received 200 status code'];
const lost: HealthSketch = [
  '',
  'Unhealthy',
  "Received invalid status code: 404 in the backend server's HTTP response. As per the health probe configuration, 200-399 is the acceptable status code.",
];
const at = (address: string, [, ...rest]: HealthSketch): HealthSketch => [address, ...rest] as unknown as HealthSketch;

function members(checkout: readonly [HealthSketch, HealthSketch], search: HealthSketch) {
  return {
    gateway,
    'backend-health': backendHealthJson({
      'pool-checkout~http-8080': [at('10.0.0.4', checkout[0]), at('10.0.0.5', checkout[1])],
      'pool-search~http-8080': [at('10.0.0.8', search)],
    }),
  };
}
const well = members([fine, fine], fine);
const down = members([lost, lost], fine);
const halfDown = members([lost, fine], fine);
const bothPoolsDown = members([lost, lost], lost);
const unreadable = {};
const otherPort = {
  ...down,
  gateway: gatewayJson({
    pools: { 'pool-checkout': ['10.0.0.4', '10.0.0.5'], 'pool-search': ['10.0.0.8'] },
    settings: { 'http-8080': { port: 9090, probe: 'probe-health' } },
    probes: { 'probe-health': { path: '/health' } },
    routes: [
      ['pool-checkout', 'http-8080'],
      ['pool-search', 'http-8080', ['/search/*']],
    ],
  }),
};
/** Members are down, and requests succeed all the same. */
const failedOver = {
  ...halfDown,
  'access-log': Array.from({ length: 20 }, (_, minute) => ({
    time: `2026-09-14T02:${String(minute).padStart(2, '0')}:30Z`,
    category: 'ApplicationGatewayAccessLog',
    resourceId: GATEWAY_ID.toUpperCase(),
    properties: {
      httpMethod: 'GET',
      requestUri: '/',
      httpStatus: 200,
      serverRouted: '10.0.0.5:8080',
      serverStatus: '200',
    },
  })),
};

describe('beginning', () => {
  test('an alert is read at once, and told once with its cause', () =>
    story().at('0s', world(down), alert()).expect('0s', '2s', 'slack', 'opened', /probe/i).until('30m'));

  test('who is to be woken is woken before anything is read, and gets the cause after it', () =>
    story({ sinks: [{ name: 'pagerduty', takesPages: true }, { name: 'slack' }] })
      .at('0s', world(down), alert())
      .expect('0s', '0s', 'pagerduty', 'opened', /being read/)
      .expect('0s', '2s', 'pagerduty', 'updated')
      .expect('0s', '2s', 'slack', 'updated')
      .until('30m'));

  test('a warning wakes nobody before it is read', () =>
    story({ sinks: [{ name: 'pagerduty', takesPages: true }] })
      .at('0s', world(down), alert({ severity: 3 }))
      .expect('0s', '2s', 'pagerduty', 'opened')
      .until('30m'));

  test('an alert on a gateway that is well again is nothing to report', async () => {
    const { incidents } = await story().at('0s', world(well), alert()).until('1h');
    expect(incidents).toMatchObject([{ state: 'resolved', revision: 0 }]);
  });

  test('who was woken for nothing is told so, and nobody else hears of it', () =>
    story({ sinks: [{ name: 'pagerduty', takesPages: true }, { name: 'slack' }] })
      .at('0s', world(well), alert())
      .expect('0s', '0s', 'pagerduty', 'opened')
      .expect('0s', '2s', 'pagerduty', 'updated', /nothing wrong/)
      .expect('5m', '8m', 'pagerduty', 'resolved')
      .until('1h'));

  test('alerts of many rules on one gateway are one incident', async () => {
    const { incidents } = await story()
      .at('0s', world(down), alert({ id: 'a' }), alert({ id: 'b', title: 'failed-requests' }))
      .at('20s', alert({ id: 'c' }))
      .expect('0s', '2s', 'slack', 'opened')
      .until('30m');
    expect(incidents).toMatchObject([{ signals: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] }]);
  });

  test('the same alert ten times is said once', () =>
    story()
      .at('0s', world(down), ...Array.from({ length: 10 }, () => alert({ firedAt: '0s' })))
      .at('3m', alert({ firedAt: '0s' }))
      .expect('0s', '2s', 'slack', 'opened')
      .until('30m'));

  test('an investigation that crashes again and again cannot stop the page, and is not given up', () =>
    story()
      .at('0s', world(down), fails('collect'), alert())
      .expect('2m', '4m', 'slack', 'opened', /failed five times/)
      .at('10m', works('collect'))
      .expect('10m', '16m', 'slack', 'updated', /probe/i)
      .until('30m'));

  test('an investigation that hangs, or whose message was lost, cannot stop the page', () =>
    story()
      .at(
        '0s',
        world(down),
        ({ ports }) => {
          Object.assign(ports.queues, { investigate: async () => {} });
        },
        alert(),
      )
      .expect('3m', '4m', 'slack', 'opened', /has not finished/)
      .until('30m'));

  test('what crashes once the diagnosis is known is told when it lasts, with what was known', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened', /probe/i)
      .at('5m', fails('collect'))
      .expect('12m', '25m', 'slack', 'updated', /neither its state nor a recovery/)
      .at('1h', world(well), works('collect'))
      .expect('1h5m', '2h', 'slack', 'resolved')
      .until('3h'));

  test('an alert whose webhook was lost is found in Azure’s own list', () =>
    story().at('1m', world(down), lostAlert()).expect('10m', '11m', 'slack', 'opened').until('40m'));

  test('the webhook that comes after all joins what was found, and is not said again', async () => {
    const { incidents } = await story()
      .at('1m', world(down), lostAlert())
      .expect('10m', '11m', 'slack', 'opened')
      .at('12m', alert({ firedAt: '1m' }))
      .at('14m', alert({ firedAt: '2m' }))
      .until('40m');
    expect(incidents).toHaveLength(1);
  });

  test('an alert whose webhook came is not found again, nor after its end', async () => {
    const { incidents } = await story()
      .at('0s', world(down), lostAlert(), alert({ firedAt: '0s' }))
      .expect('0s', '2s', 'slack', 'opened')
      .at('12m', world(well))
      .expect('17m', '21m', 'slack', 'resolved')
      .until('1h');
    expect(incidents).toMatchObject([{ signals: [{}] }]);
  });

  test('a Resolved that overtakes its Fired opens nothing; the Fired is then looked into', async () => {
    const { incidents } = await story()
      .at('0s', world(well), resolves({ firedAt: '0s' }))
      .at('5s', alert({ firedAt: '0s' }))
      .until('30m');
    expect(incidents).toMatchObject([{ state: 'resolved', revision: 0 }]);
  });

  test('a Resolved that overtakes its Fired does not hide trouble that is there', () =>
    story()
      .at('0s', world(down), resolves({ firedAt: '0s' }))
      .at('5s', alert({ firedAt: '0s' }))
      .expect('5s', '7s', 'slack', 'opened')
      .until('30m'));

  test('a queue that is gone for a while loses nothing', () =>
    story()
      .at('0s', world(down), alert({ severity: 4 }))
      .expect('0s', '2s', 'slack', 'opened')
      .until('5m'));
});

describe('going on', () => {
  test('a second pool that fails is said, and not merged away', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(bothPoolsDown))
      .expect('10m', '13m', 'slack', 'updated', /pool-search/)
      .until('40m'));

  test('one more member that is down is said', () =>
    story()
      .at('0s', world(halfDown), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(down))
      .expect('10m', '13m', 'slack', 'updated')
      .until('40m'));

  test('a worse alert is said even where nothing else is new', () =>
    story()
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'slack', 'opened')
      .at('5m', alert({ id: 'worse', severity: 0 }))
      .expect('5m', '6m', 'slack', 'updated', /severity rose/)
      .until('30m'));

  test('a member that comes and goes is said once', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('6m', world(halfDown))
      .expect('6m', '8m', 'slack', 'updated', /single-member-unhealthy/)
      .at('9m', world(down))
      .at('12m', world(halfDown))
      .at('15m', world(down))
      .until('25m'));

  test('what is still there after the repeat interval is said again', () =>
    story({ policy: { repeatMinutes: 60 } })
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .expect('1h', '1h10m', 'slack', 'updated', /Still there/)
      .expect('2h', '2h15m', 'slack', 'updated', /Still there/)
      .until('2h30m'));

  test('a stateless rule that fires every five minutes and never resolves is one incident with one end', async () => {
    const told = story().at('0s', world(down));
    for (let minute = 0; minute < 60; minute += 5) told.at(`${minute}m`, alert({ firedAt: `${minute}m` }));
    const { incidents } = await told
      .expect('0s', '2s', 'slack', 'opened')
      .at('58m', world(well))
      .expect('1h3m', '1h10m', 'slack', 'resolved')
      .until('3h');
    expect(incidents).toHaveLength(1);
  });

  test('a rule that resolves and fires again while the trouble lasts says nothing new', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('5m', resolves())
      .at('10m', alert({ firedAt: '10m' }))
      .at('15m', resolves({ firedAt: '15m' }))
      .at('20m', alert({ firedAt: '20m' }))
      .until('40m'));

  test('a pool that fails while another recovers is said, and the incident goes on', async () => {
    const { incidents } = await story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well))
      .at('13m', world(members([fine, fine], lost)))
      .expect('13m', '15m', 'slack', 'updated', /pool-search/)
      .at('30m', world(well))
      .expect('35m', '40m', 'slack', 'resolved')
      .until('1h');
    expect(incidents).toHaveLength(1);
    expect(incidents[0]?.findings.map(({ pool, endedAt }) => [pool, endedAt !== undefined])).toEqual([
      ['pool-checkout', true],
      ['pool-search', true],
    ]);
  });

  test('a severity that falls is no news', () =>
    story()
      .at('0s', world(down), alert({ severity: 1 }))
      .expect('0s', '2s', 'slack', 'opened')
      .at('5m', alert({ id: 'less', severity: 4 }))
      .until('30m'));

  test('requests that succeed while members are down are mitigated, and not the end', async () => {
    const { incidents } = await story()
      .at('0s', world(halfDown), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('11m', world(failedOver))
      .until('20m');
    expect(incidents[0]?.state).toBe('mitigated');
    expect(incidents[0]?.timeline.some(({ event }) => event === 'mitigated')).toBe(true);
  });

  test('a reading that says nothing changes nothing', async () => {
    const { incidents } = await story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('5m', world(unreadable))
      .until('1h');
    expect(incidents[0]?.state).toBe('open');
  });
});

describe('ending', () => {
  test('a recovery is read, waited for, and told with before and after', async () => {
    const { arrivals, incidents } = await story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('20m', world(well))
      .expect('25m', '29m', 'slack', 'resolved')
      .until('2h');
    expect(incidents[0]?.state).toBe('resolved');
    const { recovery } = arrivals.at(-1)?.notification ?? {};
    expect(recovery?.minutes).toBeGreaterThanOrEqual(25);
    expect(recovery?.places[0]).toMatchObject({
      place: 'pool-checkout~http-8080',
      before: expect.stringContaining('0 of 2 members healthy'),
      after: '2 of 2 members healthy',
    });
  });

  test('where it was read before, that is told beside it, and what changed in between', async () => {
    const { arrivals } = await story({ baseline: true })
      .at('0s', world(well))
      .at('30m', world(otherPort), alert({ firedAt: '30m' }))
      .expect('30m', '31m', 'slack', 'opened')
      .at('50m', world(well))
      .expect('55m', '59m', 'slack', 'resolved')
      .until('2h');
    const [opened, over] = arrivals.map(({ notification }) => notification);
    expect(opened?.affected[0]?.before).toMatch(/^2 of 2 members healthy at 2026-09-14 02:\d\d UTC$/);
    expect(opened?.nearestChange?.sentence).toMatch(/setting http-8080 changed\..* not a proof\.$/);
    expect(over?.recovery?.places[0]?.after).toMatch(/^2 of 2 members healthy; before the trouble 2 of 2/);
  });

  test('a Resolved that comes long after the end says nothing', async () => {
    const { incidents } = await story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well))
      .expect('15m', '19m', 'slack', 'resolved')
      .at('50m', resolves({ firedAt: '12m' }), resolves({ firedAt: '12m' }))
      .until('2h');
    expect(incidents).toMatchObject([{ state: 'resolved' }]);
  });

  test('a Resolved is not believed while the gateway is still in trouble', () =>
    story().at('0s', world(down), alert()).expect('0s', '2s', 'slack', 'opened').at('10m', resolves()).until('40m'));

  test('a Resolved that comes is looked into at once', async () => {
    const { incidents } = await story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well), resolves())
      .expect('15m', '17m', 'slack', 'resolved')
      .until('1h');
    expect(incidents[0]?.timeline.some(({ event }) => event === 'recovering')).toBe(true);
  });

  test.each([
    ['that comes without a Fired', [resolves()]],
    ['that comes twice without a Fired', [resolves({ firedAt: '0s' }), resolves({ firedAt: '0s' })]],
  ] as const)('a Resolved %s says nothing', async (_name, steps) => {
    const { incidents } = await story()
      .at('0s', world(well), ...steps)
      .until('30m');
    expect(incidents).toEqual([]);
  });

  test('a Resolved that comes twice ends it once', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well), resolves({ firedAt: '10m' }), resolves({ firedAt: '10m' }))
      .expect('15m', '17m', 'slack', 'resolved')
      .at('30m', resolves({ firedAt: '10m' }))
      .until('1h'));

  test('a Fired that arrives after the end of what it was part of opens nothing', async () => {
    const { incidents } = await story()
      .at('0s', world(down), alert({ id: 'first' }))
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well))
      .expect('15m', '19m', 'slack', 'resolved')
      .at('25m', alert({ id: 'late', firedAt: '5m' }))
      .until('1h');
    expect(incidents).toHaveLength(1);
  });

  test('flapping does not end it', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well))
      .at('13m', world(down))
      .expect('13m', '16m', 'slack', 'updated', /back/)
      .at('30m', world(well))
      .expect('35m', '39m', 'slack', 'resolved')
      .until('1h'));

  test('trouble soon after the end reopens the same incident', async () => {
    const { incidents } = await story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well))
      .expect('15m', '19m', 'slack', 'resolved')
      .at('30m', world(down), alert({ firedAt: '30m' }))
      .expect('30m', '31m', 'slack', 'updated', /back/)
      .until('1h');
    expect(incidents).toMatchObject([{ state: 'open' }]);
  });

  test('trouble long after the end is a new incident', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well))
      .expect('15m', '19m', 'slack', 'resolved')
      .at('2h', world(down), alert({ firedAt: '2h' }))
      .expect('2h', '2h1m', 'slack', 'opened')
      .until('3h'));
});

describe('silence', () => {
  test('what is silenced is not told, and says so on its timeline', async () => {
    const { incidents } = await story()
      .at('0s', world(down), silence('40m'), alert())
      .at('30m', world(well))
      .until('39m');
    expect(incidents[0]?.timeline.find(({ event }) => event === 'held')?.reason).toMatch(
      /^Silenced by Ada until .*: planned work\./,
    );
    expect(incidents[0]?.state).toBe('resolved');
  });

  test('what still stands when the silence ends is told then', () =>
    story().at('0s', world(down), silence('30m'), alert()).expect('30m', '36m', 'slack', 'opened').until('1h'));

  test('a silence that is taken away tells what stands', () =>
    story()
      .at('0s', world(down), silence('5h'), alert())
      .at('30m', noSilence)
      .expect('30m', '36m', 'slack', 'opened')
      .until('1h'));

  test('a silence of one pool does not hide another', () =>
    story()
      .at('0s', world(down), silence('5h', { pool: 'pool-checkout' }), alert())
      .at('10m', world(bothPoolsDown))
      .expect('10m', '13m', 'slack', 'opened', /probe/i)
      .until('1h'));

  test('whoever was told of the beginning is told of the end, silence or not', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('5m', silence('5h'), world(well))
      .expect('10m', '14m', 'slack', 'resolved')
      .until('1h'));

  test('a silence in the middle holds what is new, and it is told when the silence is taken away', () =>
    story()
      .at('0s', world(down), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .at('5m', silence('5h'))
      .at('10m', world(bothPoolsDown))
      .at('40m', noSilence)
      .expect('40m', '46m', 'slack', 'updated', /pool-search/)
      .until('1h'));

  test('a silence holds reminders, and those who would join because it lasts', async () => {
    const { incidents } = await story({
      sinks: [{ name: 'slack' }, { name: 'pagerduty', fromSeverity: 'critical', afterMinutes: 20 }],
      policy: { repeatMinutes: 60 },
    })
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'slack', 'opened')
      .at('5m', silence('3h'))
      .expect('3h', '3h1m', 'pagerduty', 'opened')
      .expect('3h', '3h10m', 'slack', 'updated', /Still there/)
      .expect('3h', '3h10m', 'pagerduty', 'updated', /Still there/)
      .until('3h30m');
    const lines = incidents[0]?.timeline.filter(({ event }) => event === 'not-told') ?? [];
    expect(lines).toMatchObject([{ reason: expect.stringMatching(/silenced by Ada/) }]);
  });

  test('a silence holds the short message of an investigation that hangs, until it is over', () =>
    story()
      .at(
        '0s',
        world(down),
        silence('30m'),
        ({ ports }) => {
          Object.assign(ports.queues, { investigate: async () => {} });
        },
        alert(),
      )
      .expect('30m', '32m', 'slack', 'opened', /has not finished/)
      .until('40m'));

  test('a silence of one cause does not hide another', () =>
    story()
      .at('0s', world(down), silence('5h', { cause: 'certificate-expired' }), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .until('30m'));

  test('a silence of another gateway hides nothing', () =>
    story()
      .at('0s', world(down), silence('5h', { gateway: '/subscriptions/0/resourceGroups/other' }), alert())
      .expect('0s', '2s', 'slack', 'opened')
      .until('30m'));
});

describe('several receivers', () => {
  const three = [
    { name: 'slack' },
    { name: 'teams' },
    { name: 'pagerduty', takesPages: true, fromSeverity: 'error' },
  ] as const;

  test('one that is throttled is asked again when it wants, and holds up nobody', () =>
    story({ sinks: three })
      .at(
        '0s',
        sink('slack', () => ({ outcome: 'retry', reason: '429', retryAfterSeconds: 120 })),
      )
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'teams', 'opened')
      .at(
        '1m',
        sink('slack', () => ({ outcome: 'delivered' })),
      )
      .expect('2m', '3m', 'slack', 'opened')
      .until('30m'));

  test('one that is down for hours gets the newest message, not all that it missed', () =>
    story({ sinks: three })
      .at(
        '0s',
        sink('slack', () => ({ outcome: 'retry', reason: '503' })),
      )
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'teams', 'opened')
      .at('10m', world(bothPoolsDown))
      .expect('10m', '13m', 'teams', 'updated')
      .at(
        '1h',
        sink('slack', () => ({ outcome: 'delivered' })),
      )
      .expect('1h', '1h6m', 'slack', 'updated')
      .until('2h'));

  test('one that refuses the message gets its essentials, then it is a dead letter', async () => {
    const { deadLetters } = await story({ sinks: three })
      .at(
        '0s',
        sink('teams', () => ({ outcome: 'rejected', reason: '400' })),
      )
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'slack', 'opened')
      .until('30m');
    expect(deadLetters).toHaveLength(1);
    expect(deadLetters[0]).toMatchObject({ message: { sink: 'teams', isMinimal: true } });
  });

  test('one that is kept for what is serious joins when it becomes serious, and is told of the end', () =>
    story({ sinks: three })
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'slack', 'opened')
      .expect('0s', '2s', 'teams', 'opened')
      .at('5m', alert({ id: 'worse', severity: 0 }))
      .expect('5m', '6m', 'slack', 'updated')
      .expect('5m', '6m', 'teams', 'updated')
      .expect('5m', '6m', 'pagerduty', 'updated')
      .at('20m', world(well))
      .expect('25m', '29m', 'slack', 'resolved')
      .expect('25m', '29m', 'teams', 'resolved')
      .expect('25m', '29m', 'pagerduty', 'resolved')
      .until('1h'));

  test('one that is kept for what lasts joins when it lasts', () =>
    story({ sinks: [{ name: 'slack' }, { name: 'pagerduty', fromSeverity: 'critical', afterMinutes: 20 }] })
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'slack', 'opened')
      .expect('20m', '21m', 'pagerduty', 'opened')
      .until('1h'));

  test('one that was never told of the beginning is not told of the end', () =>
    story({ sinks: [{ name: 'slack' }, { name: 'pagerduty', fromSeverity: 'critical' }] })
      .at('0s', world(down), alert({ severity: 2 }))
      .expect('0s', '2s', 'slack', 'opened')
      .at('10m', world(well))
      .expect('15m', '19m', 'slack', 'resolved')
      .until('1h'));
});

test('a story in which anything else arrives fails', async () => {
  const noisy = story().at('0s', world(down), alert()).until('5m');
  await expect(noisy).rejects.toThrow('Unexpected: slack got "opened"');
  const silent = story().at('0s', world(well), alert()).expect('0s', '5m', 'slack', 'opened').until('5m');
  await expect(silent).rejects.toThrow('Missing at slack: opened');
});
