import type { InvocationContext } from '@azure/functions';
import type { Ports } from '../app/ports.ts';
import { type BatchReport, readAccessLogBatch } from '../app/read-traffic.ts';
import { receiveSignal } from '../app/receive-alert.ts';
import { sweepTraffic, watchBatch } from '../app/watch-traffic.ts';
import type { SignalParse } from '../core/signal.ts';
import { parseAzureMonitorAlert } from '../signals/azure-monitor/index.ts';
import { parseJsonBody } from '../signals/json-body.ts';
import { digest, ports, telemetry } from './ports.ts';
import { type StreamBatch, streamBatch } from './stream-messages.ts';
import { type StreamPorts, streamPorts } from './stream-ports.ts';
import { accessLogTrigger, alertTrigger } from './stream-settings.ts';
import { measureStreamLag } from './telemetry-measures.ts';
import { deleteOldTraffic } from './traffic-table.ts';

/** What the functions of the event hubs call: from the host's own types to the flows. */

/** A batch of the access log. Rejects where it could not be stored: the host runs it again. */
export async function onAccessLog(messages: unknown, context: InvocationContext): Promise<void> {
  const hub = accessLogTrigger(process.env)?.eventHubName ?? '';
  const flows = ports();
  const batch = streamBatch(messages, context.triggerMetadata, hub);
  await takeAccessLog(flows, streamPorts(), batch);
  measureStreamLag(telemetry(), batch.messages, flows.now());
}

export async function takeAccessLog(
  flows: Ports,
  stream: StreamPorts,
  { messages, partition }: StreamBatch,
): Promise<BatchReport> {
  const report = await readAccessLogBatch(stream.store, messages, partition, { limits: stream.limits });
  const { gateways, ...counts } = report;
  flows.log.info(
    { event: 'stream.read', partition: partition.id, gateways: gateways.length, ...counts },
    'access log counted',
  );
  if (report.deadLetters > 0) {
    const { deadLetters } = report;
    flows.log.warn({ event: 'stream.unreadable', partition: partition.id, deadLetters }, 'messages not readable');
  }
  await watchBatch(flows, stream, report, stream.memory);
  return report;
}

/** Alerts that an action group sends to an event hub: the same JSON as its webhook's, and the same door. */
export async function onAlertStream(messages: unknown, context: InvocationContext): Promise<void> {
  const hub = alertTrigger(process.env)?.eventHubName ?? '';
  await takeAlerts(ports(), streamBatch(messages, context.triggerMetadata, hub));
}

/**
 * Each message by itself: one that is no alert, or that cannot be stored now, does not keep the others out. Rejects where
 * any could not be stored, so that the batch comes again, and knows those that were. What is no alert is recorded once
 * everything else is stored, and the batch is not run again for it.
 */
export async function takeAlerts(flows: Ports, { messages, partition }: StreamBatch): Promise<void> {
  const unreadable: { readonly id: string; readonly reason: string }[] = [];
  let failed = 0;
  for (const { body, sequenceNumber } of messages) {
    const id = `${partition.hub}/${partition.id}/${sequenceNumber}`;
    const parsed = parseAlert(body);
    if (parsed.outcome === 'invalid') unreadable.push({ id, reason: `${parsed.code}: ${parsed.message}` });
    else if ((await receiveSignal(flows, parsed)).status === 503) failed += 1;
  }
  if (failed > 0) throw new Error(`${failed} of ${messages.length} alerts could not be stored.`);
  for (const { id, reason } of unreadable) {
    await flows.intake.record({ at: flows.now().toISOString(), reason, id, title: 'A message of the alert hub' });
    flows.log.warn({ event: 'alert-stream.unreadable', id, reason }, 'message is no alert');
  }
}

function parseAlert(body: Uint8Array): SignalParse {
  const json = parseJsonBody(body, 'application/json');
  if (json.outcome === 'invalid') return json;
  return parseAzureMonitorAlert(json.value, (text) => digest(text, 32));
}

/** Old rows go at this minute of every hour, a bounded number at a time. */
const CLEAN_UP_AT_MINUTE = 7;
const DELETED_AT_ONCE = 20_000;

/** The stream's part of the sweep. Never rejects: the rest of the sweep does not wait for the stream. */
export async function sweepStream(flows: Ports): Promise<void> {
  try {
    const stream = streamPorts();
    await sweepTraffic(flows, stream);
    const now = flows.now();
    if (now.getUTCMinutes() !== CLEAN_UP_AT_MINUTE) return;
    const before = new Date(now.getTime() - stream.retentionDays * 86_400_000);
    await deleteOldTraffic(stream.storage, { before, max: DELETED_AT_ONCE });
  } catch (err) {
    flows.log.error({ event: 'stream.look-failed', err }, 'the access-log stream was not swept');
  }
}
