import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { citePorts, observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';
import {
  answeredOnOtherPort,
  isInRangeOf,
  platformEndpoint,
  predecessor,
  servedOnOtherPort,
  type Unreached,
} from '../../reasoning/reachability.ts';

/** What speaks for a wrong port in particular, rather than for a blocked path, a stopped process or a stopped machine. */
export interface PortSign {
  readonly citation: Citation;
  readonly weight: number;
  /** Whether it makes the cause likely: where a connection failed, or `timeout-too`. Otherwise it only adds weight. */
  readonly lifts: false | 'refused' | 'timeout-too';
  /** The port that it points at. */
  readonly port?: number;
  /** Whether the access log shows by it that the configured port is not the one that the present members serve. */
  readonly isHistory?: true;
}

export function portSigns(readings: Readings, unreached: Unreached): readonly PortSign[] {
  return [
    openNow(readings, unreached),
    servedNow(readings, unreached),
    servedInLog(readings, unreached),
    replaced(readings, unreached),
    onPlatform(unreached),
    protocolDisagrees(unreached),
    probeHasOwnPort(unreached),
  ].filter((sign) => sign !== undefined);
}

export interface Knock {
  /** Every port of one member as the prober met it, the configured one among them. */
  readonly citation: Citation;
  readonly configured: 'refused' | 'silent' | 'unreachable' | 'open';
  /** Another port that takes connections, where it is one on which web applications listen. */
  readonly openPort?: number;
}

/** What the prober met at each of the members on the configured port and beside it; members that it did not ask are left out. */
export function knocks(readings: Readings, { members, port }: Unreached): readonly Knock[] {
  return members.flatMap((member) => {
    const ports = portsOf(observationsOfMember(readings, member));
    const configured = ports.find((seen) => seen.port === port);
    if (!configured || port === undefined) return [];
    const open = ports.filter((seen) => seen.state === 'open' && seen.port !== port && isWebPort(seen.port));
    const [first] = open.toSorted((left, right) => rankOf(left.port) - rankOf(right.port));
    const says = `${member.address}, from inside the network: port ${port} is ${configured.state}${first ? `, port ${first.port} takes connections` : ''}.`;
    return [
      { citation: citePorts(ports, says), configured: configured.state, ...(first ? { openPort: first.port } : {}) },
    ];
  });
}

/** Ports of remote access and of databases are open on many machines, and are nobody's web application. */
function isWebPort(port: number): boolean {
  return ![21, 22, 23, 25, 53, 111, 135, 139, 389, 445, 1433, 1521, 3306, 3389, 5432, 5985, 5986, 6379].includes(port);
}

/** The most usual ports come first: with several open, they are the likelier home of the application. */
function rankOf(port: number): number {
  const at = [80, 443, 8080, 8443].indexOf(port);
  return at < 0 ? port : at - 4;
}

/**
 * The prober finds another port of the same member open. A refusal shows that the way is open, so nothing listens on the
 * configured one; whether the other port is the application's own is not known by that.
 */
function openNow(readings: Readings, unreached: Unreached): PortSign | undefined {
  const met = knocks(readings, unreached)
    .filter(({ configured, openPort }) => configured !== 'open' && openPort !== undefined)
    .toSorted((left, right) => Number(right.configured === 'refused') - Number(left.configured === 'refused'))[0];
  if (met?.openPort === undefined) return undefined;
  const isRefused = met.configured === 'refused';
  return {
    citation: met.citation,
    weight: isRefused ? 3 : 1,
    lifts: isRefused ? 'timeout-too' : 'refused',
    port: met.openPort,
  };
}

/**
 * Another port of the same member serves. It is not proof: a second process on this machine may be down, or a network
 * rule may deny this one port.
 */
function servedNow(readings: Readings, unreached: Unreached): PortSign | undefined {
  const served = servedOnOtherPort(readings, unreached);
  if (!served) return undefined;
  const says = `${served.member.address} answers on port ${served.port}, through backend setting ${served.setting}.`;
  return { citation: citeMember(served.member, says), weight: 2, lifts: 'refused', port: served.port };
}

function servedInLog(readings: Readings, unreached: Unreached): PortSign | undefined {
  const served = answeredOnOtherPort(readings, unreached);
  if (served?.port === undefined) return undefined;
  const citation = {
    evidence: 'access-log',
    quote: `${served.group.member}, serverStatus ${served.group.serverStatus}`,
    says: `${served.address} answered requests to this pool on port ${served.port}, not on ${unreached.port}.`,
  };
  const isOwn = served.group.setting !== undefined && sameName(served.group.setting, unreached.target.setting);
  return { citation, weight: 2, lifts: 'refused', port: served.port, ...(isOwn ? { isHistory: true } : {}) };
}

/**
 * The members are not those that answered on this port before. New machines that never answered on it were probably
 * built with another one; and where the old ones lay in the same range, the way there was open on this port.
 */
function replaced(readings: Readings, unreached: Unreached): PortSign | undefined {
  const before = predecessor(readings, unreached);
  if (!before) return undefined;
  const citation = {
    evidence: 'access-log',
    quote: `${before.group.member}, serverStatus ${before.group.serverStatus}`,
    says: `Port ${before.port} was answered by ${before.address}, which is no member any more; no present member was ever seen answering on it.`,
  };
  return { citation, weight: isInRangeOf(unreached, before.address) ? 2 : 1, lifts: 'refused', isHistory: true };
}

function onPlatform(unreached: Unreached): PortSign | undefined {
  const platform = platformEndpoint(unreached);
  if (!platform || platform.isOpenPort) return undefined;
  const citation = {
    evidence: 'backend-health',
    quote: platform.member.address,
    says: `${platform.member.address} is an endpoint of the platform, which listens on ports 80 and 443 only, not on ${unreached.port}.`,
  };
  return { citation, weight: 2, lifts: 'timeout-too', port: isHttps(unreached) ? 443 : 80 };
}

/** HTTPS to a port that is plain HTTP by custom, or the other way round. */
function protocolDisagrees(unreached: Unreached): PortSign | undefined {
  const { port, target } = unreached;
  const protocol = target.settingConfig?.protocol;
  if (protocol === undefined || port === undefined) return undefined;
  const plainPort = port === 80 || port === 8080;
  const securePort = port === 443 || port === 8443;
  const disagrees = isHttps(unreached) ? plainPort : /^http$/i.test(protocol) && securePort;
  if (!disagrees) return undefined;
  const citation = {
    evidence: 'gateway',
    quote: `"port": ${port}, "protocol": "${protocol}"`,
    says: `Backend setting ${target.setting} speaks ${protocol} to port ${port}, which is unusual.`,
  };
  return { citation, weight: 1, lifts: 'refused' };
}

function isHttps({ target }: Unreached): boolean {
  return /^https$/i.test(target.settingConfig?.protocol ?? '');
}

/** A separate health port is common, so this alone makes nothing likely. */
function probeHasOwnPort({ target }: Unreached): PortSign | undefined {
  const { probe, settingConfig } = target;
  if (probe?.port === undefined || settingConfig?.port === undefined || probe.port === settingConfig.port) {
    return undefined;
  }
  const citation = {
    evidence: 'gateway',
    quote: `"port": ${probe.port}`,
    says: `Probe ${probe.name} has a port of its own; backend setting ${target.setting} uses ${settingConfig.port}.`,
  };
  return { citation, weight: 1, lifts: false, port: settingConfig.port };
}
