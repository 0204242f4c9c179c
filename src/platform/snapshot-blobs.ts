import type { SnapshotStore } from '../app/ports.ts';
import { snapshotFiles } from '../evidence/snapshot-files.ts';
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
    async save(folder, snapshot) {
      await Promise.all(
        snapshotFiles(snapshot).map(({ name, document }) => saveDocument(`${folder}/${name}`, document)),
      );
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
