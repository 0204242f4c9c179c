import { isFailing, type Member } from '../../core/backend-health.ts';
import { wasRead } from '../../core/evidence.ts';
import type { Readings } from '../../core/readings.ts';
import { backendHealthRead, gatewayRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { probedPort, scopeOf, type Target, targetsOf } from '../../core/targets.ts';
import type { Citation, MissingRead, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { isAboutTls } from '../../reasoning/certificate-signs.ts';
import { askedAsTheGateway, brokenHandshake, isSaidByTls, usesTls } from '../../reasoning/certificate-standing.ts';
import { expectedName, handshakeNameOf } from '../../reasoning/expected-name.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from '../../reasoning/from-health.ts';
import { targetOfObservation } from '../../reasoning/prober-observations.ts';
import { judgeLive } from './live.ts';
import { fixFor, type HandshakeReason, inWords, reasonOf } from './reason.ts';

const id = 'tls-handshake-failed';

export const tlsHandshakeFailed = {
  id,
  title: 'The TLS handshake with the backend fails before a certificate is judged',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'probe-results'],
  meaning:
    'The backend accepts the connection of the gateway and then breaks off the handshake: it speaks plain HTTP on that ' +
    'port, wants a server name that is not sent or that it does not know, demands a client certificate, or refuses the ' +
    'protocol version or the ciphers. No certificate is looked at, so none is at fault.',
  confirmedBy:
    'A handshake tried as the gateway does it, to the same port and with the same server name, is broken off by the member; or the very port answers a probe in plain HTTP.',
  ruledOutBy: 'Backend health gives another reason, and no handshake is broken off.',
  doNot: [
    'Do not reissue or upload certificates: the handshake ends before they count.',
    'Do not open network rules: the connection is made.',
    'Do not use an IP address as the host name: no server name is sent for it.',
  ],
  prevention: [
    'Set a host name on the backend setting, and test the handshake with exactly that name after every change of the backend.',
    'Change protocol and port of a backend setting and its probe together.',
  ],
  blindSpots: [
    'The gateway has been seen to report a refused cipher in the words of a flawed certificate.',
    'Live requests can send another server name than the probe does.',
    'A handshake from elsewhere offers other versions and ciphers than the gateway does.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const verdicts = sightings(readings, (observed) => isAboutTls(observed) || isWithoutAnswer(observed)).flatMap(
    (sighting) => judgeTarget(readings, sighting),
  );
  const live = targetsOf(readings).flatMap((target) => judgeLive(readings, target, id) ?? []);
  if (verdicts.length + live.length > 0) return [...verdicts, ...live];
  const alone = wasRead(readings.evidence, 'backend-health') ? [] : judgeHandshakeAlone(readings);
  return alone.length > 0 ? alone : [notSeenInHealth(readings, id)];
}

/** These texts are told of a blocked path first; only a handshake that was seen to fail makes them this cause. */
function isWithoutAnswer({ kind }: Member['observed']): boolean {
  return kind === 'cannot-connect' || kind === 'timed-out';
}

interface Sign {
  readonly member: Member;
  readonly level: 'confirmed' | 'likely' | 'possible';
  readonly reason: HandshakeReason;
  readonly because: readonly Citation[];
}

function judgeTarget(readings: Readings, { target, members }: Sighting): readonly Verdict[] {
  const signs = members.flatMap((member) => signOf(readings, target, member) ?? []);
  const level = (['confirmed', 'likely', 'possible'] as const).find((wanted) =>
    signs.some((sign) => sign.level === wanted),
  );
  const best = signs.filter((sign) => sign.level === level);
  const [first] = best;
  if (!first || !level) return [];
  const scope = scopeOf(
    readings,
    target,
    best.length < target.members.length ? best.map(({ member }) => member) : undefined,
  );
  return [
    {
      cause: id,
      verdict: level,
      scope,
      because: first.because.slice(0, 5),
      missing: level === 'confirmed' ? [] : missingReads(readings, target, first.member),
      fix: fixFor(readings, target, first.reason),
      ...(level === 'possible' ? {} : { weight: level === 'confirmed' ? 3 : first.because.length }),
    },
  ];
}

function signOf(readings: Readings, target: Target, member: Member): Sign | undefined {
  const { kind } = member.observed;
  const text = citeMember(member, `This is what the gateway says of ${member.address}.`);
  const asked = askedAsTheGateway(readings, target, member);
  const broken = asked && brokenHandshake(asked.observation);
  if (asked && broken) {
    const reason = reasonOf(asked.tls);
    const says = `${broken.says.slice(0, -1)}: ${inWords(reason, asked.tls)}.`;
    // Where the gateway does not even connect, or has not given the member up, something else can stand before this.
    // The gateway's words for a flawed certificate yield to an alert of the member, not to a mere reset.
    const isProven = kind === 'tls-failed' || (isAboutTls(member.observed) && isSaidByTls(asked.tls));
    const level = isFailing(member) && isProven ? 'confirmed' : 'likely';
    return { member, level, reason, because: [{ ...broken, says }, text] };
  }
  const plain = usesTls(target) ? answersPlainHttp(readings, target, member) : undefined;
  if (plain) {
    const isProven = isFailing(member) && kind === 'tls-failed';
    if (!isProven && kind.startsWith('certificate-')) return undefined;
    return { member, level: isProven ? 'confirmed' : 'likely', reason: 'speaks-plain-http', because: [text, plain] };
  }
  if (kind === 'tls-failed') return signOfText(target, member, text, asked?.tls);
  // Without a certificate there is no leaf to miss, so this text can also stand for a handshake that was cut short.
  const isLeafMissing = member.observed.kind === 'certificate-chain' && member.observed.about === 'leaf-missing';
  return isLeafMissing && !asked ? { member, level: 'possible', reason: 'not-known', because: [text] } : undefined;
}

function signOfText(
  target: Target,
  member: Member,
  text: Citation,
  tls: Parameters<typeof reasonOf>[0] | undefined,
): Sign {
  const { settingConfig, probe } = target;
  const because: Citation[] = [text];
  if (tls?.demandsClientCertificate === true) {
    const says = `${member.address} asks for a client certificate, and the gateway has none to show.`;
    because.push({ evidence: 'probe-results', quote: '"demandsClientCertificate": true', says });
    return { member, level: 'likely', reason: 'wants-client-certificate', because };
  }
  if (tls?.isHandshakeDone) {
    const says = 'The same handshake is completed for the prober, which may offer other versions and ciphers.';
    because.push({ evidence: 'probe-results', quote: '"isHandshakeDone": true', says });
    return { member, level: 'possible', reason: 'refuses-version', because };
  }
  const expected = expectedName(target);
  const sendsNoName = expected !== undefined && isIpAddress(expected.name ?? member.address);
  if (expected && sendsNoName && settingConfig?.sniName === undefined)
    because.push({
      ...expected.citation,
      says: `No server name is sent to ${member.address}: it is known by an address only.`,
    });
  const protocol = probe?.protocol ?? settingConfig?.protocol;
  const isPlain = protocol !== undefined && !usesTls(target);
  if (isPlain)
    because.push({
      evidence: 'gateway',
      quote: `"protocol": "${protocol}"`,
      says: 'The configuration as read needs no handshake; backend health is older than it.',
    });
  // v1 says no more than that the connection of the probe failed, which stands for any flaw of a certificate as well.
  const isOutright = /handshake|\btls\b|\bssl\b|client certificate/i.test(`${member.text} ${member.errorName}`);
  const isLikely = isOutright && !isPlain && isFailing(member);
  return {
    member,
    level: isLikely ? 'likely' : 'possible',
    reason: sendsNoName ? 'wants-server-name' : 'not-known',
    because,
  };
}

/** The same member and port answering the probe of another backend setting in plain HTTP, and not with an error. */
function answersPlainHttp(readings: Readings, target: Target, { address }: Member): Citation | undefined {
  const port = probedPort(target);
  if (port === undefined) return undefined;
  for (const other of targetsOf(readings)) {
    const protocol = other.probe?.protocol ?? other.settingConfig?.protocol ?? '';
    if (!/^http$/i.test(protocol) || probedPort(other) !== port) continue;
    const twin = other.members.find((member) => sameName(member.address, address) && isAnswering(member));
    if (!twin) continue;
    return citeMember(
      twin,
      `${address} answers plain HTTP on the same port ${port}, to the probe of ${other.setting}.`,
    );
  }
  return undefined;
}

/** A TLS port can answer a request in plain HTTP, too, but with 400. */
function isAnswering({ health, observed }: Member): boolean {
  return health === 'healthy' && observed.kind === 'answered' && (observed.status ?? 400) < 400;
}

function judgeHandshakeAlone(readings: Readings): readonly Verdict[] {
  return (readings.probeResults?.observations ?? []).flatMap((observation) => {
    const { target, member } = targetOfObservation(readings, observation) ?? {};
    const asked = target && member && askedAsTheGateway(readings, target, member);
    const broken = asked && brokenHandshake(asked.observation);
    if (!target || !member || !asked || !broken) return [];
    const reason = reasonOf(asked.tls);
    const because = [{ ...broken, says: `${broken.says.slice(0, -1)}: ${inWords(reason, asked.tls)}.` }];
    const scope = scopeOf(readings, target, [member]);
    const missing = [backendHealthRead(readings)];
    const verdict: Verdict = {
      cause: id,
      verdict: 'likely',
      scope,
      because,
      missing,
      fix: fixFor(readings, target, reason),
      weight: 1,
    };
    return [verdict];
  });
}

function missingReads(readings: Readings, target: Target, member: Member): readonly MissingRead[] {
  const port = probedPort(target) ?? 443;
  const name = handshakeNameOf(target, member);
  const sent = name === undefined ? ['-noservername'] : ['-servername', name];
  const where = `${member.address.includes(':') ? `[${member.address}]` : member.address}:${port}`;
  const read: MissingRead = {
    evidence: 'probe-results',
    read: `Whether ${where} completes a handshake ${name === undefined ? 'without a server name' : `for ${name}`}, and if not, by which alert.`,
    command: `${command('openssl', 's_client', '-connect', where, ...sent, '-tls1_2')} </dev/null`,
  };
  return wasRead(readings.evidence, 'gateway') ? [read] : [read, gatewayRead(readings)];
}
