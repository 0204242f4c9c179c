import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { deliver } from '../app/deliver.ts';
import { receivePagerDuty } from '../app/enrich-pagerduty.ts';
import { investigate } from '../app/investigate.ts';
import type { DeliverMessage, InvestigateMessage, Ports } from '../app/ports.ts';
import { receiveSignal } from '../app/receive-alert.ts';
import { reconcile } from '../app/reconcile.ts';
import { sweep } from '../app/sweep.ts';
import type { SignalParse } from '../core/signal.ts';
import { parseAzureMonitorAlert } from '../signals/azure-monitor/index.ts';
import { MAX_BODY_BYTES, parseJsonBody } from '../signals/json-body.ts';
import { parsePersonRequest } from '../signals/person.ts';
import { createEntraDoor } from './entra-door.ts';
import { createLog } from './log.ts';
import { createPagerDutyDoor, type PagerDutyDoor } from './pagerduty-door.ts';
import { digest, ports, telemetry } from './ports.ts';
import { readSettings } from './settings.ts';
import { accessLogTrigger } from './stream-settings.ts';
import { measuredInvestigation } from './telemetry-measures.ts';

/** What the functions call: from the host's own types to the flows. */

export async function onAlert(request: HttpRequest, _context: InvocationContext): Promise<HttpResponseInit> {
  const refusal = await refuse(request);
  if (refusal) return refusal;
  const body = parseJsonBody(await readBounded(request), request.headers.get('content-type') ?? undefined);
  if (body.outcome === 'invalid') {
    return { status: body.status, jsonBody: { error: { code: body.code, message: body.message } } };
  }
  return answer(parseAzureMonitorAlert(body.value, shortDigest));
}

/** A person, or a script, asks for a gateway to be looked at. */
export async function onRequest(request: HttpRequest, _context: InvocationContext): Promise<HttpResponseInit> {
  const refusal = await refuse(request);
  if (refusal) return refusal;
  const body = parseJsonBody(await readBounded(request), request.headers.get('content-type') ?? undefined);
  if (body.outcome === 'invalid') {
    return { status: body.status, jsonBody: { error: { code: body.code, message: body.message } } };
  }
  return answer(parsePersonRequest(body.value, new Date().toISOString(), shortDigest));
}

/** PagerDuty has an incident of its own. The host has checked the function key before this runs. */
export async function onPagerDuty(request: HttpRequest, _context: InvocationContext): Promise<HttpResponseInit> {
  let built: Ports;
  let lock: PagerDutyDoor;
  try {
    lock = createPagerDutyDoor(process.env);
    built = ports();
  } catch (error) {
    return notConfigured(error);
  }
  const bytes = await readBounded(request);
  const contentType = request.headers.get('content-type') ?? undefined;
  // A body that is too large was not read to its end, and cannot be what was signed.
  if (
    bytes.length <= MAX_BODY_BYTES &&
    !lock.isSigned(bytes, request.headers.get('x-pagerduty-signature') ?? undefined)
  ) {
    const message = 'The signature in x-pagerduty-signature is missing, or is not of this body and our secret.';
    return { status: 401, jsonBody: { error: { code: 'signature-invalid', message } } };
  }
  const body = parseJsonBody(bytes, contentType);
  if (body.outcome === 'invalid') {
    return { status: body.status, jsonBody: { error: { code: body.code, message: body.message } } };
  }
  const receipt = await receivePagerDuty(built, body.value, lock.askForAlerts);
  return { status: receipt.status, jsonBody: receipt.body };
}

let door: ReturnType<typeof createEntraDoor> | 'unread' = 'unread';

/** The host has checked the function key before this runs. */
async function refuse(request: HttpRequest): Promise<HttpResponseInit | undefined> {
  try {
    if (door === 'unread') door = createEntraDoor(readSettings(process.env));
  } catch (error) {
    return notConfigured(error);
  }
  const refusal = await door?.(request.headers.get('authorization') ?? undefined);
  if (!refusal) return undefined;
  return { status: refusal.code === 'caller-not-allowed' ? 403 : 401, jsonBody: { error: refusal } };
}

const shortDigest = (text: string) => digest(text, 32);

async function answer(parsed: SignalParse): Promise<HttpResponseInit> {
  let built: Ports;
  try {
    built = ports();
  } catch (error) {
    return notConfigured(error);
  }
  const receipt = await receiveSignal(built, parsed);
  return { status: receipt.status, jsonBody: receipt.body };
}

/** Settings that are not usable. Azure Monitor gives an alert up after a 500, but sends it again after a 503. */
function notConfigured(error: unknown): HttpResponseInit {
  createLog('error').error({ event: 'settings.unusable', err: error }, 'the settings are not usable');
  return { status: 503, jsonBody: { error: { code: 'NotConfigured', message: 'The settings are not usable.' } } };
}

/** Reads one byte more than the door takes, and no further, so that a huge body is refused without being held. */
async function readBounded(request: HttpRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    chunks.push(bytes);
    length += bytes.length;
    if (length > MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks);
}

export async function onInvestigate(message: unknown, context: InvocationContext): Promise<void> {
  const { incidentId, isRecheck } = (message ?? {}) as Partial<InvestigateMessage>;
  if (!isName(incidentId))
    return ports().log.error(
      { event: 'queue.message-unreadable', queue: 'investigate' },
      'unreadable message on the investigate queue',
    );
  const built = ports();
  const asked = { incidentId, isRecheck: isRecheck === true };
  await measuredInvestigation(telemetry(), { ...asked, now: built.now, parent: parentOf(context) }, () =>
    investigate(built, asked),
  );
}

/** The invocation's own span, where the host traces itself. */
function parentOf({ traceContext }: InvocationContext): string | undefined {
  return traceContext?.traceParent;
}

/** Our own names are far shorter. A longer one is not ours, and would not fit into a dead letter with its reason. */
const MAX_NAME_LENGTH = 1_000;

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH;
}

export async function onDeliver(message: unknown, context: InvocationContext): Promise<void> {
  const { incidentId, revision, sink, notification, attempts, since, isMinimal, isResent } = (message ??
    {}) as Partial<DeliverMessage>;
  const isWhole = isName(incidentId) && typeof revision === 'number' && isName(sink) && isName(notification);
  if (!isWhole)
    return ports().log.error(
      { event: 'queue.message-unreadable', queue: 'deliver' },
      'unreadable message on the deliver queue',
    );
  const whole: DeliverMessage = {
    incidentId,
    revision,
    sink,
    notification,
    ...(typeof attempts === 'number' ? { attempts } : {}),
    ...(isName(since) && !Number.isNaN(Date.parse(since)) ? { since } : {}),
    isMinimal: isMinimal === true,
    isResent: isResent === true,
  };
  const send = () => deliver(ports(), whole);
  await telemetry().span('delivery-message', { 'incident.id': incidentId, sink, revision }, send, parentOf(context));
}

/** Azure's own list of alerts is read this often; it needs one call a subscription. */
const RECONCILE_EVERY_MINUTES = 10;

export async function onSweep(_timer: unknown, context: InvocationContext): Promise<void> {
  const built = ports();
  await telemetry().span('sweep', {}, () => sweep(built), parentOf(context));
  await built.markSwept?.().catch((err: unknown) => {
    built.log.warn({ event: 'sweep.not-recorded', err }, 'the time of a sweep was not written down');
  });
  if (accessLogTrigger(process.env)) await (await import('./stream-triggers.ts')).sweepStream(built);
  if (built.now().getUTCMinutes() % RECONCILE_EVERY_MINUTES === 0) await reconcile(built);
}
