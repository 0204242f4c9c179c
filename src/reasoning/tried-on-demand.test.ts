import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HealthTarget, Member, Observation } from '../core/backend-health.ts';
import type { Gateway } from '../core/gateway.ts';
import type { OnDemandTest } from '../core/on-demand-health.ts';
import type { Readings } from '../core/readings.ts';
import { targetsOf } from '../core/targets.ts';
import { testProbeRead } from './probe-request.ts';
import { statusSightings } from './probe-status.ts';
import { longerWait } from './timeouts.ts';
import { triedOnDemand } from './tried-on-demand.ts';

const addresses = ['10.0.0.4', '10.0.0.5'];
const NAME = 'shop.contoso.com';

interface Sketch {
  readonly probe?: Partial<Gateway['probes'][number]>;
  readonly setting?: Partial<Gateway['settings'][number]>;
  readonly listener?: readonly string[];
}

function gatewayOf({ probe, setting, listener = ['www.contoso.com'] }: Sketch = {}): Gateway {
  return {
    ...{ tags: {}, subnetIds: [], pools: [], trustedRootNames: [] },
    settings: [{ name: 's', protocol: 'Http', port: 80, probeName: 'pr', trustedRootNames: [], ...setting }],
    probes: [
      { name: 'pr', protocol: 'Http', host: NAME, path: '/up', timeoutSeconds: 5, acceptedStatusCodes: [], ...probe },
    ],
    listeners: [{ name: 'l', hostNames: listener }],
    routes: [{ rule: 'r', listener: 'l', paths: [], pool: 'p', setting: 's', redirects: false }],
  };
}

const member = (address: string, health: Member['health'], observed: Observation): Member => ({
  ...{ address, health, healthAsWritten: health, observed },
});

function answered(address: string, status: number | undefined, isAnyAccepted: boolean): Member {
  if (status === undefined) return member(address, 'unhealthy', { kind: 'timed-out' });
  const isAccepted = isAnyAccepted || (status >= 200 && status <= 399);
  return isAccepted
    ? member(address, 'healthy', { kind: 'answered', status })
    : member(address, 'unhealthy', { kind: 'status-mismatch', received: status });
}

/** One status for all members, or one for each; undefined stands for no answer in time. */
function tested(
  changed: NonNullable<OnDemandTest['changed']>,
  value: string,
  ...statuses: readonly (number | undefined)[]
): OnDemandTest {
  const members = addresses.map((address, index) =>
    answered(address, statuses.length === 1 ? statuses[0] : statuses[index], changed === 'accepted-range'),
  );
  return { pool: 'P', setting: 'S', changed, value, members };
}

function readingsOf(observed: Observation, tests: readonly OnDemandTest[], sketch: Sketch = {}): Readings {
  const members = addresses.map((address) => member(address, 'unhealthy', observed));
  const targets: readonly HealthTarget[] = [{ pool: 'p', setting: 's', members }];
  return { evidence: [], gateway: gatewayOf(sketch), backendHealth: { targets }, onDemand: { tests } };
}

const notFound = { kind: 'status-mismatch', received: 404 } as const;

function tried(tests: readonly OnDemandTest[], sketch?: Sketch) {
  const readings = readingsOf(notFound, tests, sketch);
  const [sighting] = statusSightings(readings, (status) => status === 404);
  const found = sighting && triedOnDemand(readings, sighting);
  return found && `${found.outcome} ${found.isSettled ? 'settled' : 'open'}`;
}

const host = (...statuses: readonly (number | undefined)[]) => tested('host', 'www.contoso.com', ...statuses);
const path = (...statuses: readonly (number | undefined)[]) => tested('path', '/', ...statuses);
const range = (...statuses: readonly (number | undefined)[]) => tested('accepted-range', '100-599', ...statuses);

describe('what tests tell of a 404', () => {
  test.each([
    ['nothing at all', [], undefined],
    ['another Host is served', [host(200), range(404)], 'host settled'],
    ['another Host is served, and nobody asked again', [host(200)], 'host open'],
    ['another Host is sent elsewhere', [host(302), range(404)], undefined],
    ['another Host is served by one member', [host(200, 404), range(404)], undefined],
    ['another path is served, another Host is not', [host(404), path(200), range(404)], 'path settled'],
    ['another path is served, another Host was not tried', [path(200), range(404)], 'path open'],
    ['another path is served, another Host brings another error', [host(500), path(200), range(404)], 'path open'],
    ['another path is served by one member', [host(404), path(200, 404), range(404)], 'host-same settled'],
    ['another path is sent elsewhere', [host(404), path(302), range(404)], 'host-same settled'],
    ['another Host and another path are served', [host(200), path(200), range(404)], 'host settled'],
    ['all is the same', [host(404), path(404), range(404)], 'everywhere settled'],
    ['all is the same, and the second answer is late', [host(404), path(404), range(undefined)], 'everywhere open'],
    ['the request itself is answered by now', [host(200), path(200), range(200)], 'otherwise open'],
    ['the request itself is answered by one member by now', [host(200), range(404, 200)], 'otherwise open'],
    ['the request itself flaps', [host(200), range(404), range(200)], 'otherwise open'],
    ['a test flaps', [host(200), host(404), range(404)], undefined],
  ] as const)('%s', (_name, tests, outcome) => {
    expect(tried(tests)).toBe(outcome);
  });

  test.each([
    ['a value that is the configured one', [tested('path', '/up', 200), range(404)]],
    ['a Host that is the configured one', [tested('host', NAME.toUpperCase(), 200), range(404)]],
    ['an unknown change', [{ ...path(200), changed: undefined }, range(404)]],
    ['a change without its value', [{ ...path(200), value: undefined }, range(404)]],
    ['another target', [{ ...path(200), setting: 'other' }, range(404)]],
    ['a test that was not answered', [{ ...path(200), error: '429: throttled' }, range(404)]],
    ['a test that does not show every member', [{ ...path(200), members: path(200).members.slice(1) }, range(404)]],
  ] as const)('%s tells nothing', (_name, tests) => {
    expect(tried(tests as readonly OnDemandTest[], { listener: [NAME] })).toBeUndefined();
  });

  test('a success without a status is no proof that anything is served', () => {
    const members = addresses.map((address) => member(address, 'healthy', { kind: 'silent' }));
    expect(tried([{ ...host(200), members }, range(404)])).toBeUndefined();
  });

  test('no other Host has to be tried where clients can carry none', () => {
    const only = [path(200), range(404)];
    expect(tried(only, { listener: [NAME.toUpperCase()] })).toBe('path settled');
    expect(tried(only, { listener: [NAME], setting: { hostName: NAME } })).toBe('path settled');
    for (const listener of [[], ['*.contoso.com'], [NAME, 'www.contoso.com']]) {
      expect(tried(only, { listener })).toBe('path open');
    }
    expect(tried(only, { listener: [NAME], setting: { hostName: 'old.contoso.com' } })).toBe('path open');
    expect(tried(only, { listener: ['127.0.0.1'], probe: { host: '127.0.0.1' } })).toBe('path open');
  });

  test('a probe that a test cannot repeat is told nothing of', () => {
    const tests = [host(200), range(404)];
    expect(tried(tests, { probe: { port: 80 } })).toBe('host settled');
    expect(tried(tests, { probe: { port: 8080 } })).toBeUndefined();
    expect(tried(tests, { setting: { probeName: 'gone' } })).toBeUndefined();
  });

  test('the name of one member is meant for that member', () => {
    const named = ['a.contoso.net', 'b.contoso.net'];
    const members = named.map((address) => member(address, 'unhealthy', notFound));
    const answers = [answered('a.contoso.net', 200, false), answered('b.contoso.net', 404, false)];
    const again = named.map((address) => answered(address, 404, true));
    const readings: Readings = {
      ...readingsOf(notFound, [
        { pool: 'p', setting: 's', changed: 'host', value: 'A.contoso.net', members: answers },
        { pool: 'p', setting: 's', changed: 'accepted-range', value: '100-599', members: again },
      ]),
      backendHealth: { targets: [{ pool: 'p', setting: 's', members }] },
    };
    const [sighting] = statusSightings(readings, (status) => status === 404);
    expect(sighting && triedOnDemand(readings, sighting)).toMatchObject({ outcome: 'host', isSettled: true });
  });

  test('taking a test away never settles what all of them leave open', () => {
    const status = fc.constantFrom(undefined, 200, 302, 404, 500);
    const both = fc.array(status, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(both, both, both, fc.integer({ min: 0, max: 6 }), (hosts, paths, ranges, kept) => {
        const all = [host(...hosts), path(...paths), range(...ranges)];
        const some = all.map((one, index) => (kept & (2 ** index) ? one : { ...one, members: [], error: 'refused' }));
        const isSettled = (told: string | undefined) => told === 'host settled' || told === 'path settled';
        if (isSettled(tried(some))) expect(tried(some)).toBe(tried(all));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a status that backend health does not name', () => {
  const seen = (observed: Observation, tests: readonly OnDemandTest[]) =>
    statusSightings(readingsOf(observed, tests), () => true).map(({ status, members, shown }) => [
      status,
      members.length,
      shown !== undefined,
    ]);

  test.each([
    [{ kind: 'silent' }, [range(404)], [[404, 2, true]]],
    [
      { kind: 'unclassified' },
      [range(404, 500)],
      [
        [404, 1, true],
        [500, 1, true],
      ],
    ],
    [{ kind: 'status-mismatch' }, [range(404)], [[404, 2, true]]],
    // Named already: what a test says does not count.
    [{ kind: 'status-mismatch', received: 403 }, [range(404)], [[403, 2, false]]],
    // Accepted by now, no status, or another question: the status at fault is still not known.
    [{ kind: 'silent' }, [range(302)], []],
    [{ kind: 'silent' }, [range(undefined)], []],
    [{ kind: 'silent' }, [range(404), range(500)], []],
    [{ kind: 'silent' }, [path(404)], []],
    [{ kind: 'timed-out' }, [range(404)], []],
  ] as const)('%j', (observed, tests, told) => {
    expect(seen(observed, tests)).toEqual(told);
  });
});

describe('what a longer wait tells', () => {
  const longer = (seconds: number, ...statuses: readonly (number | undefined)[]) =>
    tested('timeout', String(seconds), ...statuses);
  const late = range(undefined);

  test.each([
    ['more time, and it passes', [longer(30, 200), late], 'in-time settled'],
    ['more time, and it passes, as it does without', [longer(30, 200), range(200)], 'in-time open'],
    ['more time, and it passes; nobody asked again', [longer(30, 200)], 'in-time open'],
    ['more time, and one member passes', [longer(30, 200, undefined), late], undefined],
    ['more time, and an error comes', [longer(30, 500), late], 'late-error settled'],
    ['more time for nothing', [longer(30, undefined)], 'silent settled'],
    ['a little more time for nothing', [longer(9, undefined)], undefined],
    ['more time for nothing, but another path answers', [longer(30, undefined), path(404)], 'path open'],
    ['another path answers at one member', [path(404, undefined)], undefined],
    ['less time than the probe has', [longer(3, undefined)], undefined],
    ['a time that is none', [tested('timeout', 'long', 200), late], undefined],
    ['nothing', [], undefined],
  ] as const)('%s', (_name, tests, outcome) => {
    const readings = readingsOf({ kind: 'timed-out' }, tests);
    const [target] = targetsOf(readings);
    const found = target && longerWait(readings, { target, members: target.members });
    expect(found && `${found.outcome} ${found.isSettled ? 'settled' : 'open'}`).toBe(outcome);
  });

  test('after twice the time of a patient probe silence does not yet tell', () => {
    const tests = [longer(60, undefined)];
    const outcomeOf = (timeoutSeconds: number) => {
      const readings = readingsOf({ kind: 'timed-out' }, tests, { probe: { timeoutSeconds } });
      const [target] = targetsOf(readings);
      return target && longerWait(readings, { target, members: target.members })?.outcome;
    };
    expect([outcomeOf(30), outcomeOf(45)]).toEqual(['silent', undefined]);
  });
});

describe('asking for a test', () => {
  const askFor = (tests: readonly OnDemandTest[], sketch?: Sketch) => {
    const readings = readingsOf(notFound, tests, sketch);
    const [target] = targetsOf(readings);
    return target ? testProbeRead(readings, target, { changed: 'path', value: "/o'k" }, 'What.') : [];
  };

  test('gives a command that changes one thing and can be pasted', () => {
    expect(askFor([])).toEqual([
      {
        read: 'What.',
        evidence: 'on-demand-health',
        command:
          "az network application-gateway show-backend-health --name '<gateway>' --resource-group '<resource-group>' --address-pool p --http-settings s --protocol Http --host shop.contoso.com --path '/o'\\''k' --timeout 5 --match-status-codes 200-399",
      },
    ]);
  });

  test('takes the Host from the setting where the probe does, and keeps the expected text', () => {
    const [read] = askFor([], {
      probe: { host: undefined, pickHostNameFromBackendSetting: true, matchBody: 'ok' },
      setting: { hostName: NAME },
    });
    expect(read?.command).toContain('--host-name-from-http-settings true');
    expect(read?.command).toMatch(/--match-body ok$/);
    expect(read?.command).not.toContain('--host ');
  });

  test('not where it was made, and not where a test cannot repeat the probe', () => {
    expect(askFor([path(404)])).toEqual([]);
    expect(askFor([{ ...path(404), members: [], error: '429: throttled' }])).toHaveLength(1);
    expect(askFor([host(404)])).toHaveLength(1);
    expect(askFor([], { probe: { port: 8080 } })).toEqual([]);
    expect(askFor([], { probe: { protocol: 'Tcp' } })).toEqual([]);
  });
});
