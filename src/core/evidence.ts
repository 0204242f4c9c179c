/**
 * One thing that was asked of Azure (or of the network), and what came of it.
 *
 * "No data" is not "error", and neither is absence, so a reading always says which of the four it is:
 * `ok` it was read; `empty` it was read and holds nothing; `failed` it was asked for and did not come;
 * `skipped` it was not asked for, on purpose. A name that is missing from a snapshot was never tried.
 */
export type EvidenceState = 'ok' | 'empty' | 'failed' | 'skipped';

export interface Evidence {
  /** The evidence's stable name, such as `backend-health`: a file of this name holds it in a snapshot folder. */
  readonly name: string;
  /** What part of it this is, where there are several: the interface's or the table's name. The file is `<name>-<part>`. */
  readonly part?: string;
  readonly state: EvidenceState;
  /** What was asked, in words or as a method and path. Never holds a secret or a signed URL. */
  readonly asked?: string;
  /** When the answer came, ISO 8601 in UTC. */
  readonly takenAt?: string;
  readonly tookMs?: number;
  /** Why it failed, was skipped or is empty. One sentence, fit for a message. */
  readonly reason?: string;
  /** The JSON as the service sent it. SDK models drop fields that they do not know, so nothing else is kept. */
  readonly raw?: unknown;
}

/** Everything that was read for one gateway in one go. */
export interface Snapshot {
  readonly gatewayId?: string;
  /** When the reading began, ISO 8601 in UTC. */
  readonly takenAt?: string;
  readonly evidence: readonly Evidence[];
}

/** An evidence without its raw body: what a diagnosis lists. */
export type EvidenceSummary = Omit<Evidence, 'raw'>;

/** Whether the named evidence was read and holds something. */
export function wasRead(evidence: readonly EvidenceSummary[], name: string): boolean {
  return evidence.some((item) => item.name === name && item.state === 'ok');
}

/** Drops the raw body. */
export function summarise({ raw: _raw, ...summary }: Evidence): EvidenceSummary {
  return summary;
}
