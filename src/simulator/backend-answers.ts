import { answerOf } from './probing.ts';
import {
  type Closing,
  type Demand,
  type Host,
  holds,
  isRestarting,
  type Service,
  type ServiceAnswer,
  type SettingPlan,
  scatter,
  type World,
} from './world.ts';

/** A distribution in milliseconds. */
export interface Spread {
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Requests of one kind, in one minute, to one member. */
export interface Asked {
  readonly world: World;
  readonly setting: SettingPlan;
  readonly address: string;
  readonly host: Host;
  readonly service: Service;
  readonly demand: Demand;
  /** The size of each request. */
  readonly bytes: number;
  readonly minute: number;
  /** Everything that the service is asked in that minute. */
  readonly servicePerMinute: number;
}

/** What became of some of them. */
export interface Outcome {
  readonly count: number;
  readonly status: number;
  readonly serverStatus?: number;
  readonly errorInfo: string;
  readonly took: Spread;
  readonly server: Spread;
  readonly sentBytes?: number;
}

const OWN_WORK_MS = 2;
/** Of the requests of the minute in which a machine begins to restart, so many are under way just then. */
const UNDER_WAY_SHARE = 0.4;

/** What becomes of `count` requests: some are cut off, some clients leave, the rest is answered or times out. */
export function ask(asked: Asked, count: number): readonly Outcome[] {
  const answer = answerTo(asked);
  const closing = closingOf(asked, answer);
  const { demand, minute, address, bytes } = asked;
  const salt = `${demand.method}|${demand.path}|${minute}|${address}|${bytes}`;
  const cut = portion(count * (closing?.share ?? 0), `${salt}|cut`);
  const impatient = portion((count - cut) * leavingShare(asked, answer), `${salt}|impatient`);
  return [
    ...(closing ? [{ ...closed(closing.tookMs), count: cut }] : []),
    { ...left(asked, answer), count: impatient },
    { ...(isLate(asked, answer) ? timedOut(asked) : relayed(answer)), count: count - cut - impatient },
  ].filter((outcome) => outcome.count > 0);
}

/** A whole number that comes to this one in the long run: of rare things, there is one now and then. */
export function portion(expected: number, salt: string): number {
  return Math.floor(expected + scatter(salt));
}

/** The backend gets the host of its setting, its own address where that is picked, or what the client asked for. */
function answerTo({ setting, address, service, demand, minute }: Asked): ServiceAnswer {
  const host = setting.hostName ?? (setting.pickHostNameFromBackendAddress ? address : demand.host);
  return answerOf(service, demand.path, minute, host);
}

/** Whether and how the service ends connections: by a restart, or as it does by itself. */
function closingOf(
  { host, service, bytes, minute, servicePerMinute }: Asked,
  answer: ServiceAnswer,
): Pick<Closing, 'share' | 'tookMs'> | undefined {
  const isGoingDown = isRestarting(host, minute + 1) && !isRestarting(host, minute);
  if (isGoingDown) return { share: UNDER_WAY_SHARE, tookMs: answer.tookMs / 2 };
  const closing = service.closes?.find((one) => holds(one, minute) && bytes >= (one.fromBytes ?? 0));
  if (!closing) return undefined;
  const { beyondPerMinute = 0, share, tookMs } = closing;
  const beyond = Math.max(0, 1 - beyondPerMinute / servicePerMinute);
  return { share: share * beyond, tookMs };
}

function isLate({ setting }: Asked, { tookMs }: ServiceAnswer): boolean {
  return tookMs >= setting.requestTimeoutSeconds * 1000;
}

/** The longest that anybody waits for this answer. */
function waitMs({ setting }: Asked, { tookMs }: ServiceAnswer): number {
  return Math.min(tookMs, setting.requestTimeoutSeconds * 1000);
}

function leavingShare(asked: Asked, answer: ServiceAnswer): number {
  const { patience } = asked.demand;
  if (!patience) return 0;
  const { share, fromMs, untilMs } = patience;
  return share * Math.min(1, Math.max(0, (waitMs(asked, answer) - fromMs) / (untilMs - fromMs)));
}

function left(asked: Asked, answer: ServiceAnswer): Omit<Outcome, 'count'> {
  const { fromMs = 0, untilMs = 0 } = asked.demand.patience ?? {};
  const took = spreadEvenly(fromMs, Math.min(untilMs, waitMs(asked, answer)));
  return { status: 499, errorInfo: 'ERRORINFO_CLIENT_CLOSED_REQUEST', took, server: took };
}

function closed(tookMs: number): Omit<Outcome, 'count'> {
  const took = spreadAround(tookMs);
  return { status: 502, errorInfo: 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION', took, server: took };
}

function timedOut({ setting }: Asked): Omit<Outcome, 'count'> {
  const took = spreadAtOnce(setting.requestTimeoutSeconds * 1000);
  return { status: 504, errorInfo: 'ERRORINFO_UPSTREAM_TIMED_OUT', took, server: took };
}

function relayed({ status, tookMs, isTimeout, sentBytes }: ServiceAnswer): Omit<Outcome, 'count'> {
  const spread = isTimeout ? spreadAtOnce : spreadAround;
  return {
    status,
    serverStatus: status,
    errorInfo: 'ERRORINFO_NO_ERROR',
    took: spread(tookMs + OWN_WORK_MS),
    server: spread(tookMs),
    ...(sentBytes === undefined ? {} : { sentBytes }),
  };
}

/** A distribution around a median, with the long tail that answers have. */
export function spreadAround(medianMs: number): Spread {
  return { min: medianMs * 0.6, p50: medianMs, p95: medianMs * 1.8, max: medianMs * 2.6 };
}

/** A timeout has almost no spread. */
function spreadAtOnce(ms: number): Spread {
  return { min: ms, p50: ms + 1, p95: ms + 4, max: ms + 12 };
}

function spreadEvenly(fromMs: number, untilMs: number): Spread {
  const at = (share: number) => fromMs + (untilMs - fromMs) * share;
  return { min: fromMs, p50: at(0.5), p95: at(0.95), max: untilMs };
}
