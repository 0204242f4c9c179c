import type { Readings } from '../../core/readings.ts';
import { parseGatewayId, sameName } from '../../core/resource-id.ts';
import { gatewayNames } from '../../core/targets.ts';
import { failed, succeeded, type TimedEvent, timedEvents } from '../../reasoning/from-activity-log.ts';

/** The writes to the gateway in the activity log, and what became of them. */
export interface Writes {
  /** The last write that succeeded. */
  readonly lastGood?: TimedEvent;
  /** The writes that failed after it, oldest first. */
  readonly rejected: readonly TimedEvent[];
  /** A write that began after the last rejected one and has not ended by this log. */
  readonly pending?: TimedEvent;
}

const WRITE = /^microsoft\.network\/applicationgateways(\/[^/]+)*\/write$/i;

export function writesOf(readings: Readings): Writes {
  const { id } = gatewayNames(readings);
  const events = timedEvents(readings).filter((event) => {
    const gateway = parseGatewayId(event.resourceId)?.id;
    return WRITE.test(event.operation) && gateway !== undefined && (id === undefined || sameName(gateway, id));
  });
  const ends = endings(events);
  const lastGood = ends.filter(succeeded).at(-1);
  const rejected = ends.filter((event) => failed(event) && event.time > (lastGood?.time ?? Number.NEGATIVE_INFINITY));
  const last = rejected.at(-1);
  const pending = events.find(
    (event) => last !== undefined && event.time > last.time && !ends.some((end) => isSameOperation(end, event)),
  );
  return { lastGood, rejected, pending };
}

/** One entry for each operation that ended: the log has several of one correlation, and the last of them is the outcome. */
function endings(events: readonly TimedEvent[]): readonly TimedEvent[] {
  const ended = events.filter((event) => succeeded(event) || failed(event));
  return ended.filter((event, index) => !ended.slice(index + 1).some((later) => isSameOperation(later, event)));
}

function isSameOperation(left: TimedEvent, right: TimedEvent): boolean {
  return (
    left.correlationId !== undefined &&
    right.correlationId !== undefined &&
    sameName(left.correlationId, right.correlationId)
  );
}

/** Errors that pass by themselves or by trying again: another write was under way, or the service was busy. */
export function isPassing({ errorCode = '' }: TimedEvent): boolean {
  return /^(AnotherOperationInProgress|OperationPreempted|Conflict|Canceled.*|Retryable.*|TooManyRequests|Throttl.*|InternalServerError|GatewayTimeout|ServerTimeout|ServiceUnavailable)$/i.test(
    errorCode,
  );
}

/** What to put right, by the kind of error. The service's own message, which the log holds, says where. */
export function adviceFor({ errorCode = '' }: TimedEvent): string {
  if (/authorization|forbidden/i.test(errorCode))
    return 'Give the identity that writes the right that the message names, on the gateway, its subnet or its identity.';
  if (/lock/i.test(errorCode)) return 'Take away the lock, or have the write wait until it may be taken away.';
  if (/policy/i.test(errorCode))
    return 'Make the change comply with the policy that the message names, or exempt the gateway from it.';
  if (/subnet|networksecuritygroup|route/i.test(errorCode))
    return 'Correct the security group or route table of the gateway subnet as the message says: the service refuses a gateway there.';
  if (/keyvault|secret|certificate/i.test(errorCode))
    return 'Repair the certificate or the access to the key vault that the message names; every write fails until then.';
  if (/quota|capacity|address/i.test(errorCode))
    return 'Make room: the message names the quota or the subnet that is full.';
  return 'Correct what the message names.';
}
