import { type Evidence, type Snapshot, summarise } from '../core/evidence.ts';

/** The schema of `snapshot.json`, the list of a snapshot's evidence. */
export const SNAPSHOT_SCHEMA = 'appgw-triage/snapshot@1';

export interface SnapshotFile {
  /** The file's name in the snapshot's folder. */
  readonly name: string;
  readonly document: unknown;
}

/** A snapshot as the files of a folder: the list first, then each body as the service sent it. Pure. */
export function snapshotFiles({ gatewayId, takenAt, evidence }: Snapshot): readonly SnapshotFile[] {
  const manifest = { schema: SNAPSHOT_SCHEMA, gatewayId, takenAt, evidence: evidence.map(summarise) };
  const bodies = evidence.filter((item) => item.raw !== undefined);
  return [
    { name: 'snapshot.json', document: manifest },
    ...bodies.map((item) => ({ name: `${fileOf(item)}.json`, document: item.raw })),
  ];
}

/** `backend-health`, `effective-nsg-vm-orders-nic`: names of parts come from outside, so only plain characters are kept. */
export function fileOf({ name, part }: Pick<Evidence, 'name' | 'part'>): string {
  return part === undefined ? name : `${name}-${part.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100)}`;
}
