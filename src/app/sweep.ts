import { auditOf } from '../core/audit.ts';
import { composePage } from '../core/compose-page.ts';
import { notificationPath, paged } from '../core/conclude.ts';
import { type Incident, noted, notedOnce } from '../core/incident.ts';
import { plusMinutes } from '../core/lifecycle.ts';
import { sending, sinksToEscalateTo } from '../core/routing.ts';
import { silenceOf } from '../core/silence.ts';
import { decideSweep } from '../core/sweep.ts';
import { describeFired } from '../signals/describe.ts';
import { flushOutbox, slotOf } from './outbox.ts';
import type { Ports } from './ports.ts';
import { placesOf } from './receive-alert.ts';
import { takeUpAbandoned } from './take-up-abandoned.ts';

export interface SweepReport {
  readonly open: number;
  /** What is wrong with our own work, a sentence each. */
  readonly audit: readonly string[];
  /** Incidents that could not be swept this time; the next sweep comes by again. */
  readonly failed: number;
  readonly paged: number;
  readonly escalated: number;
  readonly looks: number;
}

/** A look that was queued and never came back is queued again after this time. */
const LOOK_LEASE_MINUTES = 6;

/**
 * Comes by every minute: hands over what was left behind, tells what nobody was told, has gateways read again, and joins
 * the sinks that an incident has come to concern. One incident that cannot be swept does not hold up another.
 */
export async function sweep(ports: Ports): Promise<SweepReport> {
  const report = { open: 0, failed: 0, paged: 0, escalated: 0, looks: 0 };
  await takeUp(ports);
  const incidents: Incident[] = [];
  for await (const incident of ports.incidents.unresolved()) {
    report.open += 1;
    incidents.push({ ...incident, signals: [], timeline: [] });
    try {
      const done = await sweepOne(ports, incident);
      for (const name of done) report[name] += 1;
    } catch (error) {
      report.failed += 1;
      ports.log.error({ event: 'sweep.incident-failed', err: error, incidentId: incident.id }, 'incident not swept');
    }
  }
  const audit = await auditWork(ports, incidents, report.failed);
  ports.log.info({ event: 'sweep.done', ...report, audit: audit.length }, 'swept');
  return { ...report, audit };
}

/** Our own dead letters lie among the deliveries that the host gave up, and are hidden for a moment from whoever lists them. */
const DELIVERIES_EVERY_MINUTES = 10;

/** What cannot be taken up now is left for the next sweep, and the audit says so. */
async function takeUp(ports: Ports): Promise<void> {
  try {
    await takeUpAbandoned(ports, 'investigate');
    if (ports.now().getUTCMinutes() % DELIVERIES_EVERY_MINUTES === 5) await takeUpAbandoned(ports, 'deliver');
  } catch (err) {
    ports.log.error({ event: 'poison.not-taken-up', err }, 'given-up messages not taken up');
  }
}

/** Looks whether everything moves, and only then says so to whoever watches over this program. */
async function auditWork(ports: Ports, incidents: readonly Incident[], failed: number): Promise<readonly string[]> {
  const problems = auditOf({ incidents, failed, ...(await ports.queues.look()) }, ports.now().toISOString());
  for (const { problem, sentence } of problems) ports.log.error({ event: 'audit.problem', problem, sentence }, 'audit');
  if (problems.length === 0) await ports.heartbeat?.();
  return problems.map(({ sentence }) => sentence);
}

type Deed = 'paged' | 'escalated' | 'looks';

interface Swept {
  /** Absent where somebody else changed the incident first. */
  readonly incident?: Incident;
  readonly done: readonly Deed[];
}

async function sweepOne(ports: Ports, found: Incident): Promise<readonly Deed[]> {
  const at = ports.now().toISOString();
  const { flush, page, look } = decideSweep(found, at, ports.policy);
  const joining = sinksToEscalateTo(found, ports.routes, at);
  if (!flush && !page && !look && joining.length === 0) return [];
  const silenced = page || joining.length > 0 ? await silencedBy(ports, found, at) : undefined;
  if (page && !silenced) await wordPage(ports, found, at);

  const { incident, done } = await ports.incidents.change<Swept>(slotOf(found), (current) => {
    // Whoever came first has done it.
    if (current?.id !== found.id || current.updatedAt !== found.updatedAt) {
      return { result: { done: [] } };
    }
    const done: Deed[] = [];
    let next: Incident = current;
    // Whoever asks why nobody was told finds it here; and it is told when the silence is over.
    if (silenced) next = notedOnce(next, at, 'not-told', silenced);
    if (page && !silenced) {
      const everybody = ports.routes.map((route) => ({ ...route, takesPages: true }));
      const reason = decideSweep(current, at, ports.policy).reason ?? '';
      next = paged(next, everybody, at, reason);
      done.push('paged');
    }
    if (joining.length > 0 && current.told && !silenced) {
      const { revision, notification } = current.told;
      next = sending(next, { revision, notification, sinks: joining });
      next = noted(next, at, 'escalated', `${joining.join(', ')} joined: the incident has lasted long enough.`);
      done.push('escalated');
    }
    if (look) {
      next = { ...next, nextLookAt: plusMinutes(at, LOOK_LEASE_MINUTES) };
      done.push('looks');
    }
    if (next === current && !flush) return { result: { done } };
    return { incident: next, result: { incident: next, done } };
  });
  if (!incident) return [];
  if (done.includes('looks')) await ports.queues.investigate({ incidentId: incident.id, isRecheck: true });
  await flushOutbox(ports, incident);
  return done;
}

/** The sentence for the timeline, where a silence covers all that is known of an incident. */
async function silencedBy(
  ports: Ports,
  { gatewayId, findings, signals }: Incident,
  at: string,
): Promise<string | undefined> {
  const targets = signals.flatMap((signal) => signal.targets);
  const known = findings.length > 0 ? findings : placesOf(targets, at);
  const silence = silenceOf(gatewayId, known, await ports.silences.list(), at);
  if (!silence) return undefined;
  const { author, until, reason } = silence;
  return `Nobody else is told: silenced by ${author} until ${until}: ${reason}`;
}

/** Saves the short message before it is decided: what is decided must have its content. */
async function wordPage(ports: Ports, incident: Incident, at: string): Promise<void> {
  const revision = incident.revision + 1;
  const { severity, signals } = incident;
  const notification = composePage(incident, {
    revision,
    severity,
    fired: describeFired(signals),
    at,
    portalUrl: ports.portalUrl,
    headline: 'The gateway is in trouble, and its reading has not finished.',
  });
  await ports.snapshots.saveDocument(notificationPath(incident.id, revision), notification);
}
