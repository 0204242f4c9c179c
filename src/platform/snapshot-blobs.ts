import type { SnapshotStore } from '../app/ports.ts';
import { type Evidence, summarise } from '../core/evidence.ts';
import { statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/** Snapshots, diagnoses and notifications as JSON blobs. A snapshot's folder can be handed to `appgw-triage diagnose`. */
const CONTAINER = 'snapshots';

/** `backend-health`, `effective-nsg-vm-orders-nic`: names of parts come from outside, so only plain characters are kept. */
export function fileOf({ name, part }: Evidence): string {
  return part === undefined ? name : `${name}-${part.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100)}`;
}

export function createSnapshotBlobs(storage: Storage): SnapshotStore {
  async function saveDocument(path: string, document: unknown): Promise<void> {
    const container = await storage.container(CONTAINER);
    const body = Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
    await container
      .getBlockBlobClient(path)
      .uploadData(body, { blobHTTPHeaders: { blobContentType: 'application/json' } });
  }

  return {
    saveDocument,
    async save(folder, { gatewayId, takenAt, evidence }) {
      const manifest = { schema: 'appgw-triage/snapshot@1', gatewayId, takenAt, evidence: evidence.map(summarise) };
      const bodies = evidence.filter((item) => item.raw !== undefined);
      await Promise.all([
        saveDocument(`${folder}/snapshot.json`, manifest),
        ...bodies.map((item) => saveDocument(`${folder}/${fileOf(item)}.json`, item.raw)),
      ]);
    },
    async loadDocument(path) {
      const container = await storage.container(CONTAINER);
      try {
        const bytes = await container.getBlockBlobClient(path).downloadToBuffer();
        return JSON.parse(bytes.toString('utf8')) as unknown;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
  };
}
