import { afterEach, describe, expect, test } from '@jest/globals';
import type { Probe } from '../src/core/gateway.ts';
import type { ProbeObservation, TlsObservation } from '../src/core/prober.ts';
import type { Readings } from '../src/core/readings.ts';
import { observeText } from '../src/evidence/backend-health/observe.ts';
import { gateway as gatewayKind } from '../src/evidence/gateway/index.ts';
import { connect } from '../src/evidence/probe-results/prober/connection.ts';
import { probe as askMembers } from '../src/evidence/probe-results/prober/prober.ts';
import { readSettings } from '../src/platform/settings.ts';
import { armGateway } from '../src/simulator/arm-gateway.ts';
import { type DrillPlaces, type Members, startMembers } from '../src/simulator/members.ts';
import { createAuthorities, privateRootData } from '../src/simulator/members-certificates.ts';
import { obstacleTo } from '../src/simulator/packet-filter.ts';
import { addressesOf, probe as probeInWorld, reach } from '../src/simulator/probing.ts';
import { scenarios, worldOf } from '../src/simulator/scenarios/index.ts';
import {
  type Certificate,
  type Host,
  membersOf,
  type Service,
  targetsInUse,
  type World,
} from '../src/simulator/world.ts';

/**
 * Backend health is worked out from a world, and the prober meets that world's members on true sockets. Both have to come
 * to the same, or a drill would teach what no network does.
 */

let members: Members | undefined;
afterEach(() => members?.close());

/** What a probe comes to, in the terms in which health texts are read. */
type Conclusion = ReturnType<typeof observeText>['kind'] | 'handshake-broken';

/** What the prober's own observations say that a probe of the gateway would end in. */
function conclude(seen: ProbeObservation, probe: Probe | undefined): Conclusion {
  if (seen.resolution?.addresses.length === 0) return 'name-unresolved';
  if (seen.ports.find(({ isConfigured }) => isConfigured)?.state !== 'open') return 'cannot-connect';
  if (seen.tls) {
    const flaw = flawOf(seen.tls, seen.member);
    if (flaw) return flaw;
  }
  const request = seen.requests.find(({ kind }) => kind === 'probe');
  if (request?.error === 'ETIMEDOUT' || (request?.seconds ?? 0) > (probe?.timeoutSeconds ?? 30)) return 'timed-out';
  if (request?.status === undefined) return 'cannot-connect';
  if (request.isAccepted) return 'answered';
  return probe?.matchBody !== undefined && request.status < 400 ? 'body-mismatch' : 'status-mismatch';
}

function flawOf(tls: TlsObservation, member: string): Conclusion | undefined {
  if (!tls.isHandshakeDone) return 'handshake-broken';
  if (/EXPIRED|NOT_YET/.test(tls.trustError ?? '')) return 'certificate-dates';
  if (tls.trustError === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE') return 'certificate-chain';
  if (tls.isTrusted === false) return 'certificate-untrusted';
  const wanted = tls.serverName ?? member;
  const covers = (name: string) => name === wanted || (name.startsWith('*.') && wanted.endsWith(name.slice(1)));
  return tls.chain[0]?.names.some(covers) ? undefined : 'certificate-name';
}

/** No text is public for a handshake that is broken off; refused ciphers are told in the words of a flawed certificate. */
const SAID_OF_A_BROKEN_HANDSHAKE: readonly Conclusion[] = ['cannot-connect', 'certificate-dates'];

/** Everything that a configuration shows, and nothing of health: the prober then asks every member. */
function readingsOf(world: World): Readings {
  return { evidence: [], ...gatewayKind.read([armGateway(world, 0)]).reading };
}

/** Silence is waited for as briefly as tells it from the rest on this machine, which answers at once. */
function patientBut(silent: ReadonlySet<number>): typeof connect {
  return (place, patience) => connect(place, silent.has(place.port) ? { ...patience, timeoutMs: 300 } : patience);
}

function silentPlaces(world: World, { places }: DrillPlaces): ReadonlySet<number> {
  const isSilent = ({ address, port = 9 }: DrillPlaces['places'][number]) => {
    const reached = reach(world, address, port, 0, 'prober');
    return reached.kind === 'unreachable' && reached.how === 'silent';
  };
  return new Set(places.filter(isSilent).map(({ at }) => at));
}

async function askAll(world: World, { drill: places }: Members): Promise<readonly ProbeObservation[]> {
  // As the app is told, so that what the simulator writes is what the setting takes.
  const text = JSON.stringify(places);
  const { PROBER_DRILL: drill } = readSettings({ ARM_ENDPOINT: 'https://127.0.0.1:1', PROBER_DRILL: text });
  if (!drill) throw new Error('There is no drill.');
  const { observations } = await askMembers({
    readings: readingsOf(world),
    limits: { drill },
    abort: new AbortController().signal,
    connect: patientBut(silentPlaces(world, places)),
    bounds: { members: 100, connectionMs: 60_000, answerMs: 60_000, totalMs: 110_000 },
  });
  return observations;
}

/** Plays a world, asks every member of it, and compares. Returns what was concluded. */
async function compare(played: World): Promise<readonly Conclusion[]> {
  const authorities = await createAuthorities(played);
  const world = { ...played, rootData: privateRootData(authorities) };
  members = await startMembers(world, authorities, () => new Date(world.startedAt));
  const observations = await askAll(world, members);
  const { gateway } = readingsOf(world);
  const expected = targetsInUse(world).flatMap((target) =>
    membersOf(world, target.pool, 0).map((member) => ({ ...target, member })),
  );
  expect(observations.map(({ pool, setting, member }) => ({ pool, setting, member }))).toEqual(
    expect.arrayContaining(expected),
  );
  expect(observations).toHaveLength(expected.length);

  return observations.map((seen) => {
    const { pool = '', setting: settingName = '', member } = seen;
    const target = { pool, setting: settingName };
    const setting = gateway?.settings.find((one) => one.name === settingName);
    const probe = gateway?.probes.find((one) => one.name === setting?.probeName);
    const concluded = conclude(seen, probe);
    const told = observeText(probeInWorld(world, target, member, 0, 'prober').text);
    const fits = concluded === 'handshake-broken' ? SAID_OF_A_BROKEN_HANDSHAKE : [concluded];
    expect({ member, concluded, told: told.kind }).toEqual({ member, concluded, told: expectOneOf(fits) });
    const request = seen.requests.find(({ kind }) => kind === 'probe');
    if (told.kind === 'status-mismatch') expect(request?.status).toBe(told.received);
    if (told.kind === 'answered') expect(request?.status).toBe(told.status);

    // From its own subnet the gateway says the same, but for what stands in the way of that subnet alone.
    const port = probe?.port ?? setting?.port ?? 0;
    const [address = ''] = addressesOf(world, member, 0);
    const isInTheWayOfOne = !obstacleTo(world, address, port, 0, 'prober') && obstacleTo(world, address, port, 0);
    const ofGateway = observeText(probeInWorld(world, target, member, 0).text).kind;
    expect(ofGateway).toBe(isInTheWayOfOne ? 'cannot-connect' : told.kind);
    return concluded;
  });
}

describe('the prober concludes of every member what backend health says', () => {
  test.each(scenarios.map(({ name }) => [name] as const))(
    'in %s',
    async (name) => {
      await compare(worldOf(name, new Date()));
    },
    120_000,
  );

  /** A world whose members speak TLS in some other way, through a setting that may trust roots of its own. */
  const secured = (
    service: Partial<Service>,
    trustedRoots: readonly string[] = [],
    host: Partial<Host> = {},
  ): World => {
    const world = worldOf('certificate-name', new Date());
    const { gateway } = world;
    const settings = gateway.settings.map((setting) => ({ ...setting, trustedRoots }));
    const serves = [{ ...tls, ...service }];
    return {
      ...world,
      gateway: { ...gateway, trustedRoots, settings },
      hosts: world.hosts.map(({ address }) => ({ address, serves, ...host })),
    };
  };
  const certificate: Certificate = {
    ...{ names: ['portal.fabrikam.example'], signedBy: 'public' },
    ...{ validFromDay: -10, validUntilDay: 80 },
  };
  const tls: Service = { port: 443, protocol: 'Https', certificate, answers: [{ status: 200, tookMs: 0 }] };
  const own = { ...certificate, signedBy: 'root-a' };

  test.each<readonly [string, Conclusion, World]>([
    ['nothing is wrong', 'answered', secured({})],
    [
      'the certificate has a wildcard',
      'answered',
      secured({ certificate: { ...certificate, names: ['*.fabrikam.example'] } }),
    ],
    [
      'the certificate is for another name',
      'certificate-name',
      secured({ certificate: { ...certificate, names: ['a.example'] } }),
    ],
    [
      'the certificate is not valid yet',
      'certificate-dates',
      secured({ certificate: { ...certificate, validFromDay: 2 } }),
    ],
    [
      'the certificate is of yesterday',
      'certificate-dates',
      secured({ certificate: { ...certificate, validUntilDay: -1 } }),
    ],
    ['the intermediate is left out', 'certificate-chain', secured({ certificate: { ...certificate, sends: 'leaf' } })],
    ['the root is private', 'certificate-untrusted', secured({ certificate: own })],
    ['the root is private and sent', 'certificate-untrusted', secured({ certificate: { ...own, sends: 'with-root' } })],
    ['the root is private and trusted', 'answered', secured({ certificate: own }, ['root-a'])],
    [
      'the root is private, sent and trusted',
      'answered',
      secured({ certificate: { ...own, sends: 'with-root' } }, ['root-a']),
    ],
    ['another root is trusted', 'certificate-untrusted', secured({ certificate: own }, ['root-b'])],
    ['another root is trusted than the public one', 'certificate-untrusted', secured({}, ['root-b'])],
    ['several roots are trusted', 'answered', secured({ certificate: own }, ['root-b', 'root-a'])],
    [
      'a client certificate is demanded',
      'handshake-broken',
      secured({ handshake: { demandsClientCertificate: true } }),
    ],
    ['the server name is known', 'answered', secured({ handshake: { serverNames: ['portal.fabrikam.example'] } })],
    ['the server name is not known', 'handshake-broken', secured({ handshake: { serverNames: ['a.example'] } })],
    ['only a later version is taken', 'handshake-broken', secured({ handshake: { minVersion: 'TLSv1.3' } })],
    ['only an earlier version is taken', 'handshake-broken', secured({ handshake: { maxVersion: 'TLSv1.1' } })],
    ['the version is taken', 'answered', secured({ handshake: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } })],
    ['one of the ciphers is known', 'answered', secured({ handshake: { ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'] } })],
    [
      'none of the ciphers is known',
      'handshake-broken',
      secured({ handshake: { ciphers: ['ECDHE-ECDSA-CHACHA20-POLY1305'] } }),
    ],
    ['the port speaks plain HTTP', 'handshake-broken', secured({ protocol: 'Http' })],
    ['the firewall inside drops the port', 'cannot-connect', secured({}, [], { drops: [{ port: 443 }] })],
    ['the firewall inside drops another port', 'answered', secured({}, [], { drops: [{ port: 8443 }] })],
    ['the port is another', 'cannot-connect', secured({ port: 8443 })],
    ['the answer is a redirect', 'answered', secured({ answers: [{ status: 302, tookMs: 0, location: '/signin' }] })],
    ['the answer is an error', 'status-mismatch', secured({ answers: [{ status: 503, tookMs: 0 }] })],
  ])('where %s: %s', async (_where, expected, world) => {
    expect(new Set(await compare(world))).toEqual(new Set([expected]));
  });
});

function expectOneOf(kinds: readonly Conclusion[]): unknown {
  return expect.stringMatching(new RegExp(`^(${kinds.join('|')})$`));
}
