import type { Snapshot } from '../core/evidence.ts';
import type { Incident } from '../core/incident.ts';
import type { Notification } from '../core/notification.ts';
import type { Readings } from '../core/readings.ts';
import type { Rule } from '../core/rule.ts';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import type { SendOutcome } from '../sinks/sink.ts';

/** What the flows need of the world. The platform builds it from the settings; tests build their own. */
export interface Ports {
  readonly now: () => Date;
  readonly log: Log;
  readonly incidents: IncidentStore;
  readonly snapshots: SnapshotStore;
  readonly queues: Queues;
  readonly ledger: Ledger;
  readonly intake: IntakeLog;
  readonly rules: readonly Rule[];
  readonly evidenceKinds: readonly EvidenceKind[];
  /** Opens the reading of one gateway, with a budget of its own. */
  readonly openReader: (gatewayId: string) => Promise<GatewayReader>;
  /** The configured sinks, by name. */
  readonly sinks: ReadonlyMap<string, BoundSink>;
  /** `https://portal.azure.com` */
  readonly portalUrl: string;
  /** A stable short digest, for ids: the first `length` hexadecimal characters of a SHA-256. */
  readonly digest: (text: string, length: number) => string;
}

/** Reads one gateway for one investigation. */
export interface GatewayReader {
  /**
   * Reads the named evidence side by side; `readings` is what earlier rounds found. Never throws for what Azure did: that
   * is in the evidence.
   */
  readonly read: (evidence: readonly string[], readings: Readings) => Promise<Snapshot>;
  /** Why nothing more may be read, in a sentence; undefined while the budget lasts. */
  readonly spent: () => string | undefined;
}

/** Static messages with structured fields; never a secret, a URL of a sink, a client address or a query string. */
export interface Log {
  readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** The newest incident of each gateway is what everything turns on, so it is changed as one document. */
export interface IncidentStore {
  /**
   * Reads the gateway's newest incident, lets `change` decide, and writes what it returns; nothing is written where it
   * returns `incident: undefined`. Runs `change` again when somebody else wrote in between, so it must be pure.
   */
  readonly change: <Result>(slot: Slot, change: (current: Incident | undefined) => Change<Result>) => Promise<Result>;
  readonly get: (incidentId: string) => Promise<Incident | undefined>;
}

/** Portal tests live beside the real incident of a gateway and never touch it. */
export interface Slot {
  readonly gatewayId: string;
  readonly isTest: boolean;
}

export interface Change<Result> {
  readonly incident?: Incident;
  readonly result: Result;
}

export interface SnapshotStore {
  /** Writes a snapshot as a folder of raw JSON that the CLI reads back, with `snapshot.json` as its manifest. */
  readonly save: (folder: string, snapshot: Snapshot) => Promise<void>;
  readonly saveDocument: (path: string, document: unknown) => Promise<void>;
  /** The document as it was saved; undefined where there is none. */
  readonly loadDocument: (path: string) => Promise<unknown>;
}

export interface InvestigateMessage {
  readonly incidentId: string;
}

export interface DeliverMessage {
  readonly incidentId: string;
  readonly revision: number;
  readonly sink: string;
  /** Where the notification's content lies in the snapshot store. */
  readonly notification: string;
}

export interface Queues {
  readonly investigate: (message: InvestigateMessage) => Promise<void>;
  readonly deliver: (message: DeliverMessage) => Promise<void>;
  /** Keeps a message that no further attempt would help, where people see it: the poison queue. */
  readonly deadLetterDelivery: (message: DeliverMessage, reason: string) => Promise<void>;
}

/** Who was told what. An entry is claimed before a send and completed after it. */
export interface Ledger {
  readonly claim: (message: DeliverMessage) => Promise<Claim>;
}

export type Claim =
  | {
      /** This attempt may send. */
      readonly state: 'claimed';
      readonly complete: (outcome: 'delivered' | 'rejected') => Promise<void>;
      /** Gives the claim back after an attempt that may be repeated. */
      readonly release: () => Promise<void>;
    }
  /** An earlier attempt was the last one. */
  | { readonly state: 'done' }
  /** Another attempt is sending right now; a claim whose process died runs out and is taken over. */
  | { readonly state: 'busy' };

/** What came in and led to no incident, with its reason. */
export interface IntakeLog {
  readonly record: (entry: {
    readonly at: string;
    readonly reason: string;
    readonly title?: string;
    readonly id?: string;
  }) => Promise<void>;
}

export interface BoundSink {
  readonly name: string;
  /** Renders and makes one attempt, bounded in time. */
  readonly deliver: (notification: Notification) => Promise<SendOutcome>;
}
