import { type Incident, noted, withSignal } from '../core/incident.ts';
import { decideIntake, type Intake } from '../core/intake.ts';
import type { Signal, SignalParse } from '../core/signal.ts';
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
    return await takeIn(ports, parsed.signal);
  } catch (error) {
    ports.log.error({ err: error }, 'signal not stored');
    const message = 'The alert could not be stored just now. Please send it again.';
    return { status: 503, body: { error: { code: 'StorageUnavailable', message } } };
  }
}

async function setAside(ports: Ports, { reason, title, id }: SignalParse & { outcome: 'not-ours' }): Promise<Receipt> {
  await ports.intake.record({ at: ports.now().toISOString(), reason, title, id });
  ports.log.info({ reason }, 'signal set aside');
  return { status: 202, body: { outcome: 'set-aside', reason } };
}

async function takeIn(ports: Ports, signal: Signal): Promise<Receipt> {
  const at = ports.now().toISOString();
  const slot = { gatewayId: signal.gatewayId, isTest: signal.isTest };
  const fresh = newIncident(ports, signal, at);
  const { intake, incidentId } = await ports.incidents.change(slot, (current) => enter(current, fresh, signal, at));

  if (intake.action === 'ignore' || incidentId === undefined) {
    await ports.intake.record({ at, reason: intake.reason, title: signal.title, id: signal.id });
    ports.log.info({ reason: intake.reason }, 'signal ignored');
    return { status: 202, body: { outcome: 'ignored', reason: intake.reason, incidentId } };
  }
  // After the incident is stored: a crash between the two is mended by the repeat that Azure Monitor sends.
  await ports.queues.investigate({ incidentId });
  ports.log.info({ incidentId, action: intake.action }, 'signal accepted');
  return { status: 202, body: { outcome: intake.action, reason: intake.reason, incidentId } };
}

function enter(
  current: Incident | undefined,
  fresh: Incident,
  signal: Signal,
  at: string,
): Change<{ intake: Intake; incidentId?: string }> {
  const intake = decideIntake(current, signal);
  if (intake.action === 'open') {
    return {
      incident: noted(fresh, at, 'opened', describe(signal, intake.reason)),
      result: { intake, incidentId: fresh.id },
    };
  }
  if (intake.action === 'join' && current) {
    const joined = noted(withSignal(current, signal), at, 'joined', describe(signal, intake.reason));
    return { incident: joined, result: { intake, incidentId: current.id } };
  }
  return { result: { intake, incidentId: current?.id } };
}

function describe(signal: Signal, reason: string): string {
  return `${signal.title} (${signal.source}, ${signal.condition}). ${reason}`;
}

/** The id is made from the event, so that the same event never opens two incidents. It begins with the gateway's digest. */
function newIncident({ digest }: Ports, signal: Signal, at: string): Incident {
  const gateway = digest(signal.gatewayId.toLowerCase(), 16);
  const event = digest([signal.id, signal.at ?? at].join('|'), 10);
  return {
    id: `${gateway}-${event}${signal.isTest ? '-test' : ''}`,
    gatewayId: signal.gatewayId,
    state: 'open',
    isTest: signal.isTest,
    openedAt: at,
    updatedAt: at,
    signals: [signal],
    investigations: 0,
    revision: 0,
    outbox: [],
    timeline: [],
  };
}
