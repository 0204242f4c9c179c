import type { AmqpError, Sender } from 'rhea';
import { runtimeMetrics } from './amqp-message.ts';
import type { Endpoint, Peer } from './endpoint.ts';
import type { Partition } from './hub.ts';
import type { StartPosition } from './partition-log.ts';
import type { Reader, ReaderGroup } from './reader-group.ts';
import { endSender, roomOn } from './rhea-links.ts';
import { readStartPosition } from './start-position.ts';

const SELECTOR = 'apache.org:selector-filter:string';
const OWNER_LEVEL = 'com.microsoft:epoch';
const RUNTIME_METRICS = 'com.microsoft:enable-receiver-runtime-metric';
/** Events that are handed over before others get a turn. */
const MOST_PER_TURN = 500;

export interface ReadingPlace {
  readonly partition: Partition;
  readonly group: ReaderGroup;
}

/** Sends a partition's events to a reader as far as its credit goes, from the position that it asks for. */
export function openReader(sender: Sender, { partition, group }: ReadingPlace, peer: Peer, endpoint: Endpoint): void {
  const { log } = partition;
  const { faults, totals, now } = endpoint;
  const position = positionOf(sender);
  if (!position) {
    endSender(sender, {
      condition: 'amqp:invalid-field',
      description: 'The filter of the link cannot be read.',
    });
    return;
  }
  const wantsMetrics = [sender.desired_capabilities].flat().some((wish) => String(wish) === RUNTIME_METRICS);
  let next = Math.max(log.firstOrdinal(), log.ordinalOf(position) - faults.repeatedEvents);
  let isScheduled = false;
  let isOver = false;

  const wake = () => {
    if (isScheduled || isOver) return;
    isScheduled = true;
    faults.later(pump);
  };

  const pump = () => {
    isScheduled = false;
    if (isOver) return;
    const first = log.firstOrdinal();
    if (next < first) {
      // It was too slow, and its events are gone. It sees the hole in the sequence numbers.
      totals.skippedByReaders += first - next;
      next = first;
    }
    let room = Math.min(roomOn(sender), MOST_PER_TURN);
    const isCapped = room === MOST_PER_TURN;
    for (; room > 0; room -= 1) {
      const event = log.at(next);
      if (!event) return;
      const last = wantsMetrics ? log.last() : undefined;
      const metrics = last && runtimeMetrics(last, now().getTime());
      const isPlain = !metrics && event.head.length === 0;
      sender.send(
        isPlain ? event.rest : Buffer.concat([event.head, ...(metrics ? [metrics] : []), event.rest]),
        undefined,
        0,
      );
      totals.delivered += 1;
      next += 1;
    }
    if (isCapped) wake();
  };

  const leave = () => {
    isOver = true;
    group.leave(reader);
    peer.gone.delete(leave);
  };
  const end = (error?: AmqpError) => {
    leave();
    endSender(sender, error);
  };
  const reader: Reader = { ownerLevel: ownerLevelOf(sender), wake, end };

  const refusal = group.admit(reader);
  if (refusal) {
    end(refusal);
    return;
  }
  sender.on('sender_flow', wake);
  sender.on('sendable', wake);
  sender.on('sender_close', () => end());
  peer.gone.add(leave);
}

/** A reader that names no position gets everything. Undefined where it names one that cannot be read. */
function positionOf({ source }: Sender): StartPosition | undefined {
  const filter: unknown = source?.filter?.[SELECTOR];
  if (filter === undefined || filter === null) return { from: 'earliest' };
  return readStartPosition(String(filter));
}

function ownerLevelOf({ properties }: Sender): number | undefined {
  const level: unknown = properties?.[OWNER_LEVEL];
  return level === undefined || level === null ? undefined : Number(level);
}
