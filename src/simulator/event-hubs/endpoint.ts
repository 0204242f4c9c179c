import type { AmqpError, Connection, Sender } from 'rhea';
import type { FaultState } from './faults.ts';
import type { Hub } from './hub.ts';
import { covers, type SharedAccessKey } from './shared-access.ts';

/** What all links of the endpoint share. */
export interface Endpoint {
  readonly hub: (name: string) => Hub | undefined;
  readonly access: SharedAccessKey;
  readonly faults: FaultState;
  readonly totals: MutableTotals;
  readonly mostMessageBytes: number;
  readonly now: () => Date;
}

export interface MutableTotals {
  events: number;
  batches: number;
  refusedBatches: number;
  delivered: number;
  skippedByReaders: number;
  refusedTokens: number;
  connections: number;
  droppedConnections: number;
}

/** One connection: what its tokens opened, where its answers go, and how to cut it. */
export interface Peer {
  readonly connection: Connection;
  /** Paths that a token was shown for. */
  readonly opened: Set<string>;
  /** The links that answers go out on, by their name and by the address that the client gave them. */
  readonly answers: Map<string, Sender>;
  readonly cut: () => void;
  /** What to do when the connection is gone. */
  readonly gone: Set<() => void>;
}

/** Why a peer may not use a path; undefined where one of its tokens opens it. */
export function refuseAccess({ opened }: Peer, path: string): AmqpError | undefined {
  for (const audience of opened) if (covers(audience, path.toLowerCase())) return undefined;
  return {
    condition: 'amqp:unauthorized-access',
    description: 'Unauthorized access. No token was shown for this entity.',
  };
}

export function entityNotFound(path: string): AmqpError {
  return {
    condition: 'amqp:not-found',
    description: `The messaging entity '${path.slice(0, 300)}' could not be found.`,
  };
}

export function partitionOutOfRange(hub: Hub): AmqpError {
  return {
    condition: 'com.microsoft:argument-out-of-range',
    description: `The specified partition is invalid for an EventHub partition sender or receiver. It should be between 0 and ${hub.partitions.length - 1}.`,
  };
}
