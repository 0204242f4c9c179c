import type { SnapshotStore } from '../app/ports.ts';
import { summarise } from '../core/evidence.ts';
import { statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/** Snapshots, diagnoses and notifications as JSON blobs. A snapshot's folder can be handed to `appgw-triage diagnose`. */
const CONTAINER = 'snapshots';

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
        ...bodies.map((item) => saveDocument(`${folder}/${item.name}.json`, item.raw)),
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
