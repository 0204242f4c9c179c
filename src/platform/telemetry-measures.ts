import type { Investigated } from '../app/investigate.ts';
import type { BoundSink, GatewayReader } from '../app/ports.ts';
import { isNamed } from '../core/verdict.ts';
import type { ArmGet } from './arm-get.ts';
import type { Telemetry } from './telemetry.ts';

/** What is measured, and where: the flows themselves know nothing of it. */

/** Every evidence that is read becomes a span, with the times that the evidence itself has. */
export function measuredReader(reader: GatewayReader, telemetry: Telemetry): GatewayReader {
  return {
    ...reader,
    read: async (names, readings) => {
      const snapshot = await reader.read(names, readings);
      for (const { name, state, takenAt, tookMs } of snapshot.evidence) {
        if (takenAt === undefined || tookMs === undefined) continue;
        telemetry.past('read', { evidence: name, state }, { endedAt: takenAt, tookMs, isFailed: state === 'failed' });
      }
      return snapshot;
    },
  };
}

/** Every attempt to send is a span and counts by its outcome; the first message that is taken says how long that took. */
export function measuredSink<Sink extends BoundSink>(sink: Sink, telemetry: Telemetry, now: () => Date): Sink {
  const attributes = { sink: sink.name };
  return {
    ...sink,
    deliver: (notification, receipt) =>
      telemetry.span('delivery', { ...attributes, revision: notification.revision }, async () => {
        const sent = await sink.deliver(notification, receipt);
        telemetry.count('appgw_triage.deliveries', { ...attributes, outcome: sent.outcome });
        if (sent.outcome === 'delivered' && notification.revision === 1 && notification.kind === 'opened') {
          telemetry.record('appgw_triage.time_to_first_page', secondsBetween(notification.openedAt, now()), attributes);
        }
        return sent;
      }),
  };
}

/** `status` of one answer of Resource Manager. */
export function measureArmCall(telemetry: Telemetry, status: number): void {
  telemetry.count('appgw_triage.arm.calls', { status: `${Math.floor(status / 100)}xx` });
  if (status === 429) telemetry.count('appgw_triage.arm.throttled');
}

export function measuredArmGet(armGet: ArmGet, telemetry: Telemetry): ArmGet {
  return async (path, timeoutMs) => {
    const answer = await armGet(path, timeoutMs);
    measureArmCall(telemetry, answer.status);
    return answer;
  };
}

/** Runs an investigation as a span, and counts what it came to. */
export function measuredInvestigation(
  telemetry: Telemetry,
  { incidentId, isRecheck, parent, now }: { incidentId: string; isRecheck: boolean; parent?: string; now: () => Date },
  investigate: () => Promise<Investigated | undefined>,
): Promise<void> {
  const work = async () => {
    const startedAt = now();
    const done = await investigate();
    if (!done) return;
    const endedAt = now();
    const { incident, diagnosis } = done;
    telemetry.count('appgw_triage.investigations', { established: diagnosis.established, recheck: isRecheck });
    telemetry.record('appgw_triage.investigation.duration', (endedAt.getTime() - startedAt.getTime()) / 1000);
    if (incident.investigations === 1) {
      telemetry.record('appgw_triage.time_to_diagnosis', secondsBetween(incident.openedAt, endedAt));
    }
    // A cause that stands at several places is one finding.
    const named = new Set(diagnosis.verdicts.filter(isNamed).map(({ cause, verdict }) => `${cause} ${verdict}`));
    for (const pair of named) {
      const [cause = '', verdict = ''] = pair.split(' ');
      telemetry.count('appgw_triage.verdicts', { cause, verdict });
    }
  };
  return telemetry.span('investigation', { 'incident.id': incidentId, recheck: isRecheck }, work, parent);
}

/** How far a partition's reading is behind: the oldest message of a batch that was just counted. */
export function measureStreamLag(
  telemetry: Telemetry,
  messages: readonly { readonly enqueuedAt: number }[],
  now: Date,
): void {
  const oldestMs = messages.reduce((oldest, { enqueuedAt }) => Math.min(oldest, enqueuedAt), Number.POSITIVE_INFINITY);
  // Infinite for an empty batch, which has no lag; it is not recorded.
  telemetry.record('appgw_triage.stream.lag', (now.getTime() - oldestMs) / 1000);
}

function secondsBetween(from: string, to: Date): number {
  return (to.getTime() - Date.parse(from)) / 1000;
}
