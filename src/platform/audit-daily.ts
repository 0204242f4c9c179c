import type { Ports } from '../app/ports.ts';
import type { Notification } from '../core/notification.ts';
import { isAtLeast as isSevere } from '../core/severity.ts';
import { type GatewayAudit, type Known, newsSince } from '../prevention/audit.ts';
import { composeDigest, type Told, toldOf } from '../prevention/digest.ts';

/** What the daily audit needs of the world; a part of the ports, and how one gateway is audited. */
export interface DailyPorts
  extends Pick<Ports, 'now' | 'log' | 'snapshots' | 'queues' | 'routes' | 'digest' | 'portalUrl' | 'armRoom'> {
  /** The hour of the day in UTC from which on a day's audit is due; undefined for never. */
  readonly hour: number | undefined;
  /** Every gateway that is audited. Throws where they cannot be listed. */
  readonly gateways: () => Promise<readonly string[]>;
  readonly auditOne: (gatewayId: string) => Promise<GatewayAudit | { readonly unread: string }>;
}

/** What is kept of a gateway from day to day. */
interface GatewayState {
  readonly gatewayId: string;
  /** The day of the last audit, `2026-11-23`. */
  readonly day: string;
  readonly at: string;
  readonly findings: readonly Known[];
  /** What has not been told yet; told with the digest of that day. */
  readonly pending: readonly Told[];
  /** Why it could not be read, where it could not. */
  readonly unread?: string;
  /** Whether that is news. */
  readonly isUnreadNew?: boolean;
}

/** How far the audit of a day is. */
interface RunState {
  /** The last day whose digest was handed over, or that had nothing to tell. */
  readonly toldDay?: string;
}

const RUN = 'audits/run.json';
/** No gateway begins later than this in a run, so that a run ends well within what the host allows; in milliseconds. */
const BEGIN_WITHIN_MS = 120_000;
/** Gateways at once: of backend health, most of the time is waiting. */
const LANES = 2;
/** More gateways than one installation is meant for. */
const MAX_GATEWAYS = 500;
/** Calls of a subscription that are left to incidents: nobody waits for an audit. */
const RESERVED_CALLS = 100;

export interface DailyReport {
  readonly audited: number;
  readonly left: number;
  readonly told: boolean;
}

/**
 * Comes by every few minutes: audits the known gateways once a day, a few in each run, and hands over one digest when all
 * are done. What was found is written down gateway by gateway before anything is told, so that a run may end anywhere.
 */
export async function auditDaily(ports: DailyPorts): Promise<DailyReport> {
  const now = ports.now();
  const day = now.toISOString().slice(0, 10);
  const nothing = { audited: 0, left: 0, told: false };
  if (ports.hour === undefined || now.getUTCHours() < ports.hour) return nothing;
  const run = ((await ports.snapshots.loadDocument(RUN)) ?? {}) as RunState;
  if (run.toldDay === day) return nothing;

  const gateways = (await ports.gateways()).slice(0, MAX_GATEWAYS);
  const states = await Promise.all(gateways.map((id) => loadState(ports, id)));
  const due = gateways.flatMap((gatewayId, index) => {
    const state = states[index];
    return state?.day === day ? [] : [{ gatewayId, state }];
  });
  const audited = await auditDue(ports, due, run.toldDay, day);
  const left = due.length - audited;
  if (left > 0) {
    ports.log.info({ event: 'prevention.done', audited, left }, 'gateways audited');
    return { audited, left, told: false };
  }
  const told = await tell(ports, gateways, day);
  await ports.snapshots.saveDocument(RUN, { toldDay: day } satisfies RunState);
  ports.log.info({ event: 'prevention.done', audited, left: 0, told }, 'gateways audited');
  return { audited, left: 0, told };
}

interface Due {
  readonly gatewayId: string;
  readonly state: GatewayState | undefined;
}

async function auditDue(
  ports: DailyPorts,
  due: readonly Due[],
  toldDay: string | undefined,
  day: string,
): Promise<number> {
  const endMs = ports.now().getTime() + BEGIN_WITHIN_MS;
  const waiting = due.values();
  let audited = 0;
  const work = async () => {
    for (const one of waiting) {
      if (ports.now().getTime() > endMs) return;
      if ((await ports.armRoom(subscriptionOf(one.gatewayId))) < RESERVED_CALLS) continue;
      if (await auditOne(ports, one, toldDay, day)) audited += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  return audited;
}

/** Whether it was audited and written down. One gateway that fails does not hold up another. */
async function auditOne(
  ports: DailyPorts,
  { gatewayId, state }: Due,
  toldDay: string | undefined,
  day: string,
): Promise<boolean> {
  try {
    const outcome = await ports.auditOne(gatewayId);
    // What was found on a day that was told is told; what was not goes into the next digest.
    const isTold = state === undefined || (toldDay !== undefined && state.day <= toldDay);
    const pending = isTold ? [] : state.pending;
    const next = { gatewayId, day, at: ports.now().toISOString() };
    if ('unread' in outcome) {
      const isUnreadNew =
        state !== undefined && (state.unread === undefined || (!isTold && state.isUnreadNew === true));
      const findings = state?.findings ?? [];
      await saveState(ports, { ...next, findings, pending, unread: outcome.unread, isUnreadNew });
      ports.log.warn({ event: 'prevention.not-read', gatewayId, reason: outcome.unread }, 'a gateway was not audited');
      return true;
    }
    const news = toldOf(gatewayId, newsSince(state?.findings ?? [], outcome.findings));
    const there = new Set(outcome.findings.map(({ key }) => key));
    const kept = pending.filter(({ key }) => there.has(key) && !news.some((one) => one.key === key));
    const findings = knownAfter(state?.findings ?? [], outcome);
    await saveState(ports, { ...next, findings, pending: [...kept, ...news] });
    return true;
  } catch (err) {
    ports.log.warn({ event: 'prevention.not-read', gatewayId, err }, 'a gateway was not audited');
    return false;
  }
}

/**
 * What the next audit is compared with: what was found, and what was known of checks that could not be judged this time. A
 * reading that is missing for a day must not make old findings new.
 */
function knownAfter(before: readonly Known[], { findings, checks }: GatewayAudit): readonly Known[] {
  const open = checks.filter(({ missing }) => missing.length > 0).map(({ check }) => check);
  const found = findings.map(({ key, cost, nearness }): Known => ({ key, cost, nearness }));
  const keys = new Set(found.map(({ key }) => key));
  return [...found, ...before.filter(({ key }) => !keys.has(key) && open.some((check) => key.startsWith(`${check}|`)))];
}

async function tell(ports: DailyPorts, gateways: readonly string[], day: string): Promise<boolean> {
  const states = (await Promise.all(gateways.map((id) => loadState(ports, id)))).filter((state) => state !== undefined);
  // Its form is that of an incident's id, so that what is kept of it is cleared away as an incident's is.
  const id = `${ports.digest('audit', 16)}-${day.replaceAll('-', '')}`;
  const notification = composeDigest({
    id,
    at: ports.now().toISOString(),
    audited: states.filter(({ unread }) => unread === undefined).length,
    told: states.flatMap(({ pending }) => pending),
    unread: states.flatMap(({ gatewayId, unread, isUnreadNew }) =>
      unread !== undefined && isUnreadNew === true ? [{ gatewayId, reason: unread }] : [],
    ),
    portalUrl: ports.portalUrl,
  });
  if (!notification) return false;
  const path = `${id}/notification-1.json`;
  await ports.snapshots.saveDocument(path, notification);
  for (const sink of sinksFor(ports, notification)) {
    await ports.queues.deliver({ incidentId: id, revision: 1, sink, notification: path });
  }
  return true;
}

/** Every sink that is told of this severity. One that only wakes people renders a digest as nothing. */
function sinksFor({ routes }: DailyPorts, { severity }: Notification): readonly string[] {
  return routes
    .filter(({ fromSeverity }) => fromSeverity === undefined || isSevere(severity, fromSeverity))
    .map(({ name }) => name);
}

function pathOf({ digest }: Pick<DailyPorts, 'digest'>, gatewayId: string): string {
  return `audits/${digest(gatewayId.toLowerCase(), 32)}.json`;
}

async function loadState(ports: DailyPorts, gatewayId: string): Promise<GatewayState | undefined> {
  return (await ports.snapshots.loadDocument(pathOf(ports, gatewayId))) as GatewayState | undefined;
}

async function saveState(ports: DailyPorts, state: GatewayState): Promise<void> {
  await ports.snapshots.saveDocument(pathOf(ports, state.gatewayId), state);
}

function subscriptionOf(gatewayId: string): string {
  return /^\/subscriptions\/([^/]+)/i.exec(gatewayId)?.[1]?.toLowerCase() ?? '';
}
