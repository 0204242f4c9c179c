import type { Readings } from '../../core/readings.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeMember } from '../from-health.ts';
import {
  answeredOnOtherPort,
  isInRangeOf,
  platformEndpoint,
  predecessor,
  servedOnOtherPort,
  type Unreached,
} from '../reachability.ts';

/** What speaks for a wrong port in particular, rather than for a blocked path, a stopped process or a stopped machine. */
export interface PortSign {
  readonly citation: Citation;
  readonly weight: number;
  /** Whether it makes the cause likely: where a connection failed, or `timeout-too`. Otherwise it only adds weight. */
  readonly lifts: false | 'refused' | 'timeout-too';
  /** The port that it points at. */
  readonly port?: number;
}

export function portSigns(readings: Readings, unreached: Unreached): readonly PortSign[] {
  return [
    servedNow(readings, unreached),
    servedInLog(readings, unreached),
    replaced(readings, unreached),
    onPlatform(unreached),
    protocolDisagrees(unreached),
    probeHasOwnPort(unreached),
  ].filter((sign) => sign !== undefined);
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
  return { citation, weight: 2, lifts: 'refused', port: served.port };
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
  return { citation, weight: isInRangeOf(unreached, before.address) ? 2 : 1, lifts: 'refused' };
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
