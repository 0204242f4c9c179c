import { type HandshakeNames, handshakeFault } from './members-handshake.ts';
import { type Origin, obstacleTo } from './packet-filter.ts';
import {
  type DroppedPort,
  type Host,
  holds,
  isRestarting,
  isStopped,
  type ProbePlan,
  type Service,
  type ServiceAnswer,
  type SettingPlan,
  settingOf,
  type Target,
  type World,
} from './world.ts';

/** What a health probe meets, in the words that the service uses for it. */
export interface ProbeOutcome {
  readonly healthy: boolean;
  readonly text: string;
  /** `healthProbeErrorName`; only the two names that have been seen in public are ever set. */
  readonly errorName?: string;
}

/** What a connection to an address and port reaches. */
export type Reached =
  | { readonly kind: 'unresolved' }
  /** `refused` by a machine that is there and has nobody on that port; else nothing comes back. */
  | { readonly kind: 'unreachable'; readonly how: 'refused' | 'silent' }
  | { readonly kind: 'service'; readonly service: Service; readonly host: Host };

const NO_CONNECTION =
  'Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. Check if application is running on correct port. To learn more visit - https://aka.ms/servernotreachable.';
const TIMED_OUT =
  "Time taken by the backend to respond to application gateway's health probe is more than the time-out threshold in the probe configuration. Either increase the time-out threshold in the probe configuration or resolve the backend issues. Note: for default probe, the http timeout is 30s. To learn more visit - https://aka.ms/ProbeTimeOut.";
const UNRESOLVED =
  'Application Gateway could not create a probe for this backend. This usually happens when the FQDN of the backend has not been entered correctly.';

/** The gateway's own default probe, for settings without a custom one. */
const DEFAULT_PROBE = { path: '/', timeoutSeconds: 30, intervalSeconds: 30, unhealthyThreshold: 3 };
const DEFAULT_ACCEPTED = ['200-399'];

/** Probes one member as the gateway would at that minute; from elsewhere, as if the gateway were there. */
export function probe(
  world: World,
  target: Target,
  address: string,
  minute: number,
  from: Origin = 'gateway',
): ProbeOutcome {
  const setting = settingOf(world, target.setting);
  const plan = probeOf(world, setting);
  const reached = reach(world, address, plan?.port ?? setting.port, minute, from);
  if (reached.kind === 'unresolved') return { healthy: false, text: UNRESOLVED };
  if (reached.kind === 'unreachable') return { healthy: false, text: NO_CONNECTION };
  const wantsTls = (plan?.protocol ?? setting.protocol) === 'Https';
  // A TLS hello to a plain-text port is answered with nothing that the gateway could use, and the reverse likewise.
  if (wantsTls !== (reached.service.protocol === 'Https')) return { healthy: false, text: NO_CONNECTION };
  if (wantsTls) {
    const fault = handshakeFault(reached.service, namesFor(setting, plan, address), setting, minute);
    if (fault) return { healthy: false, text: fault === 'no-connection' ? NO_CONNECTION : fault };
  }
  const answer = answerOf(reached.service, plan?.path ?? DEFAULT_PROBE.path, minute, hostFor(setting, plan, address));
  if (answer.tookMs > (plan?.timeoutSeconds ?? DEFAULT_PROBE.timeoutSeconds) * 1000) {
    return { healthy: false, text: TIMED_OUT };
  }
  return judge(answer, plan);
}

/** Whether the gateway sends traffic to a member: it takes several failed probes to lose it, and one to win it back. */
export function isLive(world: World, target: Target, address: string, minute: number): boolean {
  const plan = probeOf(world, settingOf(world, target.setting));
  const { intervalSeconds, unhealthyThreshold } = plan ?? DEFAULT_PROBE;
  const lag = Math.ceil((intervalSeconds * unhealthyThreshold) / 60);
  for (let back = 0; back <= lag; back++) {
    if (!isStopped(world, minute - back) && probe(world, target, address, minute - back).healthy) return true;
  }
  return false;
}

/** What listens behind an address and port, as seen from the gateway's subnet or from the prober's. */
export function reach(world: World, address: string, port: number, minute: number, from: Origin = 'gateway'): Reached {
  const [first] = addressesOf(world, address, minute);
  if (first === undefined) return { kind: 'unresolved' };
  const host = world.hosts.find((candidate) => candidate.address === first && holds(candidate, minute));
  const isOnPath = (path: DroppedPort) => (path.port === undefined || path.port === port) && holds(path, minute);
  const isBlocked =
    obstacleTo(world, first, port, minute, from) !== undefined ||
    (from === 'gateway' && world.blocked.some((path) => path.address === first && isOnPath(path)));
  if (isBlocked || !host || isRestarting(host, minute) || host.drops?.some(isOnPath)) {
    return { kind: 'unreachable', how: 'silent' };
  }
  const service = host.serves.find((candidate) => candidate.port === port && holds(candidate, minute));
  // The platform's endpoints drop what they do not serve.
  if (!service) return { kind: 'unreachable', how: host.isPlatform ? 'silent' : 'refused' };
  return { kind: 'service', service, host };
}

/** The addresses behind a member: its own, or those that the network's DNS has for its name at that minute. */
export function addressesOf(world: World, member: string, minute: number): readonly string[] {
  if (/^[\d.]+$/.test(member)) return [member];
  const known = world.names.find((entry) => entry.name === member.toLowerCase() && holds(entry, minute));
  return known?.addresses ?? [];
}

export function answerOf(service: Service, path: string, minute: number, host?: string): ServiceAnswer {
  const fits = (answer: ServiceAnswer) =>
    holds(answer, minute) &&
    (answer.host === undefined || host === undefined || answer.host.toLowerCase() === host.toLowerCase()) &&
    (answer.path === undefined ||
      (answer.path.endsWith('*') ? path.startsWith(answer.path.slice(0, -1)) : path === answer.path));
  return service.answers.find(fits) ?? { status: 404, tookMs: 3, sentBytes: 153 };
}

export function probeOf(world: World, setting: SettingPlan): ProbePlan | undefined {
  return world.gateway.probes.find(({ name }) => name === setting.probe);
}

function judge(answer: ServiceAnswer, plan: ProbePlan | undefined): ProbeOutcome {
  const accepted = plan?.acceptedStatusCodes ?? DEFAULT_ACCEPTED;
  if (!accepted.some((range) => isWithin(answer.status, range))) {
    return {
      healthy: false,
      text: `Received invalid status code: ${answer.status} in the backend server's HTTP response. As per the health probe configuration, ${accepted.join(',')} is the acceptable status code. Either modify probe configuration or resolve backend issues.`,
      errorName: 'HttpStatusCodeMismatchWithStatusCode',
    };
  }
  if (plan?.matchBody !== undefined && !(answer.body ?? '').includes(plan.matchBody)) {
    return {
      healthy: false,
      text: `Body of the backend's HTTP response did not match the probe setting. Received response body doesn't contain ${plan.matchBody}.`,
    };
  }
  return {
    healthy: true,
    text: `Success. Received ${answer.status} status code`,
    errorName: 'SuccessWithStatusCode',
  };
}

function isWithin(status: number, range: string): boolean {
  const [low = '', high = low] = range.split('-');
  return status >= Number(low) && status <= Number(high);
}

/** The Host that the probe sends: its own, the setting's, or the pool's FQDN. */
function hostFor(setting: SettingPlan, plan: ProbePlan | undefined, address: string): string {
  if (plan?.host !== undefined) return plan.host;
  if (setting.hostName !== undefined) return setting.hostName;
  return setting.pickHostNameFromBackendAddress ? address : '127.0.0.1';
}

/** The probe's own host, the setting's, or the member's: the default probe's 127.0.0.1 never goes into a handshake. */
function namesFor(setting: SettingPlan, plan: ProbePlan | undefined, address: string): HandshakeNames {
  const compared = plan?.host ?? setting.hostName ?? address;
  return /^[\d.]+$/.test(compared) ? { compared } : { compared, serverName: compared };
}
