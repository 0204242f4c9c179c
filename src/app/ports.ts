import type { Workload } from '../core/audit.ts';
import type { Baseline, BaselinePolicy, KnownGateway } from '../core/baseline.ts';
import type { Snapshot } from '../core/evidence.ts';
import type { Incident } from '../core/incident.ts';
import type { LifecyclePolicy } from '../core/lifecycle.ts';
import type { Notification } from '../core/notification.ts';
import type { Readings } from '../core/readings.ts';
import type { Route } from '../core/routing.ts';
import type { Rule } from '../core/rule.ts';
import type { Signal } from '../core/signal.ts';
import type { Silence } from '../core/silence.ts';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import type { SendOutcome } from '../sinks/sink.ts';
import type { LogEventAt } from './log-events.ts';

/** What the flows need of the world. The platform builds it from the settings; tests build their own. */
export interface Ports {
  readonly now: () => Date;
  readonly log: Log;
  readonly incidents: IncidentStore;
  readonly snapshots: SnapshotStore;
  readonly queues: Queues;
  readonly ledger: Ledger;
  readonly intake: IntakeLog;
  /** Whether a gateway may be reported on. Asks Azure at most for a few seconds; never rejects. */
  readonly checkGateway: (gatewayId: string) => Promise<GatewayCheck>;
  /** What Azure's own list says has fired about gateways within the last hour. */
  readonly firedAlerts: (subscriptions: readonly string[]) => Promise<readonly Signal[]>;
  /** Tells a watchdog that all is well; absent where none is configured. Never rejects. */
  readonly heartbeat?: () => Promise<void>;
  /** Writes down that a sweep came to its end, for the health endpoint. */
  readonly markSwept?: () => Promise<void>;
  readonly silences: SilenceStore;
  /** What gateways looked like while nothing was wrong. */
  readonly baselines: BaselineStore;
  readonly baselinePolicy: BaselinePolicy;
  /** Gateways that are watched without ever having had an incident. */
  readonly watchedGateways: readonly string[];
  /** How many calls of Resource Manager could be made of a subscription at once, without waiting. */
  readonly armRoom: (subscription: string) => Promise<number>;
  readonly poison: PoisonStore;
  readonly policy: LifecyclePolicy;
  readonly rules: readonly Rule[];
  readonly evidenceKinds: readonly EvidenceKind[];
  /** Opens the reading of one gateway, with a budget of its own. */
  readonly openReader: (gatewayId: string) => Promise<GatewayReader>;
  /** The configured sinks, by name. */
  readonly sinks: ReadonlyMap<string, BoundSink>;
  /** When each of them is told. */
  readonly routes: readonly Route[];
  /** `https://portal.azure.com` */
  readonly portalUrl: string;
  /** Waits, in milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1) that differs every time, to spread repeats. */
  readonly chance: () => number;
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
  readonly info: (fields: LogFields<LogEventAt<'info'>>, message: string) => void;
  readonly warn: (fields: LogFields<LogEventAt<'warn'>>, message: string) => void;
  readonly error: (fields: LogFields<LogEventAt<'error'>>, message: string) => void;
}

/** `event` is the stable name of the line, from the list in log-events.ts. */
export type LogFields<Event> = { readonly event: Event } & Readonly<Record<string, unknown>>;

/** The newest incident of each gateway is what everything turns on, so it is changed as one document. */
export interface IncidentStore {
  /**
   * Reads the gateway's newest incident, lets `change` decide, and writes what it returns; nothing is written where it
   * returns `incident: undefined`. Runs `change` again when somebody else wrote in between, so it must be pure.
   */
  readonly change: <Result>(slot: Slot, change: (current: Incident | undefined) => Change<Result>) => Promise<Result>;
  readonly get: (incidentId: string) => Promise<Incident | undefined>;
  /** Every incident that is not resolved, or that still has something to hand over; tests among them. */
  readonly unresolved: () => AsyncIterable<Incident>;
  /** The subscriptions of all gateways that ever had an incident. */
  readonly subscriptions: () => Promise<readonly string[]>;
  /** Every gateway that ever had an incident. */
  readonly gateways: () => Promise<readonly Pick<KnownGateway, 'gatewayId' | 'isOpen'>[]>;
}

export interface BaselineStore {
  readonly get: (gatewayId: string) => Promise<Baseline | undefined>;
  /** Every gateway that has one. */
  readonly list: () => Promise<readonly Pick<Baseline, 'gatewayId' | 'asked'>[]>;
  /** Reads, lets `change` decide, and writes. Where somebody else wrote in between, it is left at what they wrote. */
  readonly change: (gatewayId: string, change: (current: Baseline | undefined) => Baseline) => Promise<void>;
}

/** Messages that the host gave up, because their handler failed again and again. */
export interface PoisonStore {
  /** Hides them from others for a minute. Of deliveries, only those that are not among our own dead letters yet. */
  readonly take: (queue: PoisonMessage['queue']) => Promise<readonly PoisonMessage[]>;
  /** Takes it off its queue; with `keep`, what it said is kept beside that reason. */
  readonly settle: (message: PoisonMessage, keep?: string) => Promise<void>;
}

export interface PoisonMessage {
  readonly id: string;
  readonly queue: 'investigate' | 'deliver';
  /** What gives the right to take it off. */
  readonly receipt: string;
  readonly text: string;
  /** What it asked for; both absent where it cannot be read. */
  readonly investigation?: InvestigateMessage;
  readonly delivery?: DeliverMessage;
}

/**
 * `allowed`: on the allow-list. `found`: Azure knows it. `foreign`: not on the allow-list. `absent`: Azure does not know it.
 * `unchecked`: Azure did not answer, or not to us.
 */
export type GatewayCheck = 'allowed' | 'found' | 'foreign' | 'absent' | 'unchecked';

export interface SilenceStore {
  /** Those that are active or still to come. */
  readonly list: () => Promise<readonly Silence[]>;
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
  /** Nobody asked: the gateway is looked at again because its incident is open. */
  readonly isRecheck?: boolean;
}

export interface DeliverMessage {
  readonly incidentId: string;
  readonly revision: number;
  readonly sink: string;
  /** Where the notification's content lies in the snapshot store. */
  readonly notification: string;
  /** Attempts that were made before this one; 0 where absent. */
  readonly attempts?: number;
  /** When the first attempt was made, ISO 8601. */
  readonly since?: string;
  /** The sink refused the whole message: only the essentials are sent. */
  readonly isMinimal?: boolean;
  /** A person sends a dead letter again: that it was given up before does not count. */
  readonly isResent?: boolean;
}

export interface Queues {
  readonly investigate: (message: InvestigateMessage) => Promise<void>;
  /** `delaySeconds`: how long nobody sees it. */
  readonly deliver: (message: DeliverMessage, delaySeconds?: number) => Promise<void>;
  /** What waits, for the audit of our own work. */
  readonly look: () => Promise<Pick<Workload, 'abandonedInvestigations' | 'oldestMinutes'>>;
  /** Keeps a message that no further attempt would help, where people see it: the poison queue. */
  readonly deadLetterDelivery: (message: DeliverMessage, reason: string) => Promise<void>;
}

/** Who was told what. An entry is claimed before a send and completed after it. */
export interface Ledger {
  readonly claim: (message: DeliverMessage) => Promise<Claim>;
  readonly standing: (sink: string) => Promise<Standing>;
  /** Leaves a sink alone until then, ISO 8601. `hung`: how many attempts in a row it kept waiting for nothing. */
  readonly pause: (sink: string, until: string, hung?: number) => Promise<void>;
  /** The sink answers again. */
  readonly resume: (sink: string) => Promise<void>;
}

/** How a sink stands, whatever is to be sent to it. */
export interface Standing {
  /** Until when it is left alone, ISO 8601; absent where nothing says so, or that time is over. */
  readonly pausedUntil?: string;
  /** How many attempts in a row hung; 0 where it answers. */
  readonly hung: number;
}

export type Claim =
  | {
      /** This attempt may send. */
      readonly state: 'claimed';
      /** What the sink's last message of this incident left behind, such as the message that can be edited. */
      readonly receipt?: string;
      readonly complete: (outcome: 'delivered' | 'rejected', receipt?: string) => Promise<void>;
      /** Gives the claim back after an attempt that may be repeated. */
      readonly release: () => Promise<void>;
    }
  /** An earlier attempt was the last one. */
  | { readonly state: 'done' }
  /** A later message of the incident, which holds everything that this one does, has been delivered. */
  | { readonly state: 'overtaken' }
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
  /** Renders and makes one attempt, bounded in time. `receipt` is what the last message of this incident left behind. */
  readonly deliver: (notification: Notification, receipt?: string) => Promise<SendOutcome>;
}
