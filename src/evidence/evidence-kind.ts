import type { MonitorClient } from '@azure/arm-monitor';
import type { NetworkManagementClient } from '@azure/arm-network';
import type { MicrosoftResourceHealth } from '@azure/arm-resourcehealth';
import type { LogsQueryClient } from '@azure/monitor-query-logs';
import type { Reading } from '../core/readings.ts';
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
  /** Returns the body as the service sent it. Throws whatever the SDK throws; the caller turns that into a reason. */
  readonly collect: (context: CollectContext) => Promise<unknown>;
}

export interface CollectContext {
  readonly gateway: GatewayId;
  readonly clients: AzureClients;
  /** Aborted at the deadline, or when the investigation is over. Handed to every SDK call. */
  readonly abort: AbortSignal;
  /** The time that logs and metrics are read for. */
  readonly from: Date;
  readonly to: Date;
}

/** The SDK clients, built on first use by the platform (or a test), so that unused SDKs are never loaded. */
export interface AzureClients {
  readonly network: (subscription: string) => Promise<NetworkManagementClient>;
  readonly monitor: (subscription: string) => Promise<MonitorClient>;
  readonly resourceHealth: (subscription: string) => Promise<MicrosoftResourceHealth>;
  readonly logs: () => Promise<LogsQueryClient>;
}
