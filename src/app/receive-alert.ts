import { composePage } from '../core/compose-page.ts';
import { notificationPath, paged } from '../core/conclude.ts';
import { type Incident, noted, withSignal } from '../core/incident.ts';
import { decideIntake, type Intake } from '../core/intake.ts';
import { isAtLeast, worseOf } from '../core/severity.ts';
import type { Signal, SignalParse } from '../core/signal.ts';
import { silenceOf } from '../core/silence.ts';
import { describeFired, severityOf } from '../signals/describe.ts';
import { flushOutbox } from './outbox.ts';
import type { Change, Ports } from './ports.ts';

/** What the door answers. 202 means: it is written down, and will be looked at. */
export interface Receipt {
  readonly status: 202 | 400 | 413 | 415 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Takes a parsed signal in: persist, enqueue, answer. Azure Monitor repeats on 408, 429, 503 and 504 but never on 500,
 * so a failure of our storage is answered 503 and the alert comes again.
 */
export async function receiveSignal(ports: Ports, parsed: SignalParse): Promise<Receipt> {
  if (parsed.outcome === 'invalid') {
    return { status: 400, body: { error: { code: parsed.code, message: parsed.message } } };
  }
  try {
    if (parsed.outcome === 'not-ours') return await setAside(ports, parsed);
    const receipt = await takeIn(ports, parsed.signal);
    // Each gateway has an incident of its own. What fails halfway comes again whole, and is known then.
    for (const other of parsed.others ?? []) await takeIn(ports, other);
    return receipt;
  } catch (error) {
    ports.log.error({ event: 'signal.not-stored', err: error }, 'signal not stored');
    const message = 'The alert could not be stored just now. Please send it again.';
    return { status: 503, body: { error: { code: 'StorageUnavailable', message } } };
  }
}

async function setAside(ports: Ports, { reason, title, id }: SignalParse & { outcome: 'not-ours' }): Promise<Receipt> {
  await ports.intake.record({ at: ports.now().toISOString(), reason, title, id });
  ports.log.info({ event: 'signal.set-aside', reason }, 'signal set aside');
  return { status: 202, body: { outcome: 'set-aside', reason } };
}

async function takeIn(ports: Ports, signal: Signal): Promise<Receipt> {
  const at = ports.now().toISOString();
  const slot = { gatewayId: signal.gatewayId, isTest: signal.isTest };
  const check = await ports.checkGateway(signal.gatewayId);
  if (check === 'foreign' || check === 'absent') {
    return setAside(ports, { outcome: 'not-ours', reason: NOT_REPORTED[check], title: signal.title, id: signal.id });
  }
  const fresh = newIncident(ports, signal, at, check === 'unchecked');
  const page = await pageFor(ports, fresh, signal, at);
  const { intake, incident } = await ports.incidents.change(slot, (current) =>
    enter(ports, current, { fresh, page, signal, at }),
  );

  if (intake.action === 'ignore' || incident === undefined) {
    await ports.intake.record({ at, reason: intake.reason, title: signal.title, id: signal.id });
    ports.log.info({ event: 'signal.ignored', reason: intake.reason }, 'signal ignored');
    return { status: 202, body: { outcome: 'ignored', reason: intake.reason, incidentId: incident?.id } };
  }
  // After the incident is stored. A crash between the steps is mended by the repeat that Azure Monitor sends, or by the
  // next sweep.
  await flushOutbox(ports, incident);
  await ports.queues.investigate({ incidentId: incident.id });
  ports.log.info({ event: 'signal.accepted', incidentId: incident.id, action: intake.action }, 'signal accepted');
  return { status: 202, body: { outcome: intake.action, reason: intake.reason, incidentId: incident.id } };
}

const NOT_REPORTED = {
  foreign: 'The gateway is not among those that may be reported on (ALLOWED_GATEWAYS).',
  absent: 'Azure does not know a gateway of this id.',
};

interface Entry {
  readonly fresh: Incident;
  /** Whether somebody is to be woken before anything is read; where it was decided against, why. */
  readonly page: FirstWord;
  readonly signal: Signal;
  readonly at: string;
}

function enter(
  { policy, routes }: Ports,
  current: Incident | undefined,
  { fresh, page, signal, at }: Entry,
): Change<{ intake: Intake; incident?: Incident }> {
  const intake = decideIntake(current, signal, at, policy);
  const line = `${signal.title} (${signal.source}, ${signal.condition}). ${intake.reason}`;
  if (intake.action === 'open') {
    const opened = noted(fresh, at, 'opened', line);
    const incident =
      page.action === 'page'
        ? paged(opened, routes, at, `The severity is ${fresh.severity}.`)
        : page.action === 'hold'
          ? noted(opened, at, 'not-paged', page.reason)
          : opened;
    return { incident, result: { intake, incident } };
  }
  if (current && (intake.action === 'join' || intake.action === 'reopen')) {
    const incident = noted(withSignal(rejoined(current, signal, intake), signal), at, `${intake.action}ed`, line);
    return { incident, result: { intake, incident } };
  }
  if (current && intake.action === 'repeat') {
    const incident = noted(current, at, 'repeated', line);
    return { incident, result: { intake, incident } };
  }
  return { result: { intake, incident: current } };
}

type FirstWord =
  | { readonly action: 'page' }
  | { readonly action: 'hold'; readonly reason: string }
  /** Nobody is woken before the reading, whatever it is about. */
  | { readonly action: 'none' };

function rejoined(current: Incident, signal: Signal, { action }: Intake): Incident {
  const severity = signal.condition === 'fired' ? worseOf(current.severity, severityOf(signal)) : current.severity;
  if (action === 'join') return { ...current, severity };
  const { resolvedAt: _ended, ...rest } = current;
  return { ...rest, severity, state: 'open' };
}

/** Decides whether a signal that opens an incident wakes somebody at once, and words the message before it is decided. */
async function pageFor(ports: Ports, fresh: Incident, signal: Signal, at: string): Promise<FirstWord> {
  if (signal.isTest || signal.condition === 'resolved') return { action: 'none' };
  if (!ports.routes.some((route) => route.takesPages)) return { action: 'none' };
  const { pageFirstFrom } = ports.policy;
  if (!isAtLeast(fresh.severity, pageFirstFrom)) {
    const reason = `Nobody is woken before the gateway is read: ${fresh.severity} is less than ${pageFirstFrom}.`;
    return { action: 'hold', reason };
  }
  const silences = await ports.silences.list();
  const silence = silenceOf(fresh.gatewayId, placesOf(signal.targets, at), silences, at);
  if (silence) {
    const { author, until, reason } = silence;
    return { action: 'hold', reason: `Nobody is woken: silenced by ${author} until ${until}: ${reason}` };
  }
  const notification = composePage(fresh, {
    revision: 1,
    severity: fresh.severity,
    fired: describeFired(fresh.signals),
    at,
    portalUrl: ports.portalUrl,
    headline: fresh.isUnchecked
      ? 'An alert fired. Azure does not answer, so that not even the gateway could be checked; it is read as soon as it does.'
      : 'An alert fired. The gateway is being read; the cause follows.',
  });
  await ports.snapshots.saveDocument(notificationPath(fresh.id, 1), notification);
  return { action: 'page' };
}

/** The places that a signal names, as a silence knows them. */
export function placesOf(targets: Signal['targets'], at: string): Incident['findings'] {
  return targets.map(({ pool, setting }) => ({ pool, setting, causes: [], down: [], firstAt: at, lastAt: at }));
}

/** The id is made from the event, so that the same event never opens two incidents. It begins with the gateway's digest. */
function newIncident({ digest }: Ports, signal: Signal, at: string, isUnchecked: boolean): Incident {
  const gateway = digest(signal.gatewayId.toLowerCase(), 16);
  const event = digest([signal.id, signal.at ?? at].join('|'), 10);
  return {
    id: `${gateway}-${event}${signal.isTest ? '-test' : ''}`,
    gatewayId: signal.gatewayId,
    state: 'open',
    severity: severityOf(signal),
    isTest: signal.isTest,
    ...(isUnchecked ? { isUnchecked } : {}),
    openedAt: at,
    updatedAt: at,
    signals: [signal],
    findings: [],
    investigations: 0,
    revision: 0,
    outbox: [],
    reached: [],
    timeline: [],
  };
}
