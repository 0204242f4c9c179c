import type { MonitorClient } from '@azure/arm-monitor';
import type { NetworkManagementClient } from '@azure/arm-network';
import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import type { MicrosoftResourceHealth } from '@azure/arm-resourcehealth';
import type { LogsQueryClient } from '@azure/monitor-query-logs';
import type { Reading, Readings } from '../core/readings.ts';
import type { GatewayId } from '../core/resource-id.ts';

/**
 * One kind of evidence: how to recognise its JSON, how to read it, and how to ask Azure for it. Reading is pure and
 * lives in `index.ts` of the kind's folder; asking is in `collect.ts` beside it and is loaded only when it is needed.
 */
export interface EvidenceKind {
  /** Stable and public: `backend-health`. A snapshot folder holds it as `<name>.json`. */
  readonly name: string;
  /** What it is, in a few words: "Backend health". */
  readonly title: string;
  /** Whether a JSON document is of this kind, by its shape alone. Several kinds may recognise one document. */
  readonly recognise: (document: unknown) => boolean;
  /** Reads all documents of this kind. Total: whatever the documents hold, it returns. */
  readonly read: (documents: readonly unknown[]) => ReadResult;
  /**
   * Whether every investigation reads it at its start. The others are read when a verdict names them as missing.
   */
  readonly isFirst?: boolean;
  /** Loads the collector; absent for a kind that only comes from files. */
  readonly collector?: () => Promise<Collector>;
}

export interface ReadResult {
  readonly state: 'ok' | 'empty' | 'failed';
  /** Why it is empty or could not be read. */
  readonly reason?: string;
  readonly reading: Reading;
}

/** Asks Azure one thing. */
export interface Collector {
  /** How long it may take, in milliseconds, before its evidence is `failed`. */
  readonly deadlineMs: number;
  /** What is asked, for the incident: "POST .../backendhealth". */
  readonly asks: string;
  /** The actions of Azure's access control that asking takes, each by its full name; none where Azure is not asked. */
  readonly rights: readonly string[];
  /**
   * Returns the body as the service sent it, or several as `Parts`. Throws `NothingToAsk`, or whatever the SDK throws;
   * the caller turns that into a reason.
   */
  readonly collect: (context: CollectContext) => Promise<unknown>;
}

/** Several bodies of one kind, such as the effective rules of each interface. A part that failed says why. */
export class Parts {
  readonly parts: readonly Part[];
  constructor(parts: readonly Part[]) {
    this.parts = parts;
  }
}

export type Part =
  | { readonly part: string; readonly raw: unknown }
  | { readonly part: string; readonly error: unknown };

export interface CollectContext {
  readonly gateway: GatewayId;
  readonly clients: AzureClients;
  /** Aborted at the deadline, or when the investigation is over. Handed to every SDK call. */
  readonly abort: AbortSignal;
  /** The time that logs and metrics are read for. */
  readonly from: Date;
  readonly to: Date;
  /** Set where the in-network prober is switched on. */
  readonly prober?: ProberLimits;
  /** Set where an access-log stream is read: what it has counted for a gateway, as a document of its own. */
  readonly readStream?: ReadStream;
  /** What earlier rounds have read: which members, which interfaces, which subnet. Empty in the first round. */
  readonly readings: Readings;
}

export type ReadStream = (gatewayId: string, from: Date, to: Date) => Promise<unknown>;

/** What the in-network prober may do. It never leaves the gateway's own configuration. */
export interface ProberLimits {
  /** Only in drills, whose members are on this machine. */
  readonly drill?: ProberDrill;
}

/** A network that is only played: every connection goes to this machine, and nowhere else. */
export interface ProberDrill {
  /** Where a port of a member really is: a loopback address. Throws where the drill has no such place. */
  readonly placeOf: (address: string, port: number) => { readonly host: string; readonly port: number };
  /** What the played network's DNS answers. Without it no name is resolved, and `placeOf` is asked for the name itself. */
  readonly resolve?: (
    name: string,
    signal: AbortSignal,
  ) => Promise<{ readonly addresses: readonly string[]; readonly error?: string }>;
  /** The authorities that count as well known, as PEM. */
  readonly roots?: readonly string[];
}

/** Thrown by a collector that finds nothing to ask: the evidence is then `skipped`, with this as its reason. */
export class NothingToAsk extends Error {
  override readonly name = 'NothingToAsk';
}

/** The SDK clients, built on first use by the platform (or a test), so that unused SDKs are never loaded. */
export interface AzureClients {
  readonly network: (subscription: string) => Promise<NetworkManagementClient>;
  readonly monitor: (subscription: string) => Promise<MonitorClient>;
  readonly resourceHealth: (subscription: string) => Promise<MicrosoftResourceHealth>;
  readonly logs: () => Promise<LogsQueryClient>;
  readonly resourceGraph: () => Promise<ResourceGraphClient>;
}
