import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { incident } from '../../test/web-incidents.ts';
import { GATEWAY_ID } from '../causes/case.ts';
import type { Incident } from '../core/incident.ts';
import { type Azurite, startAzurite } from '../local/azurite.ts';
import { createIncidentTable } from './incident-table.ts';
import { digest } from './ports.ts';
import { readSettings } from './settings.ts';
import { createSnapshotBlobs } from './snapshot-blobs.ts';
import { openStorage, type Storage } from './storage.ts';
import { createIncidentList, createReadingList } from './web-stores.ts';

let azurite: Azurite;
let storage: Storage;
beforeAll(async () => {
  azurite = await startAzurite();
  storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
});
afterAll(() => azurite?.stop());

const of = (gateway: string, event: string, changes: Partial<Incident> = {}): Incident => {
  const gatewayId = `${GATEWAY_ID}-${gateway}`;
  return incident({ id: `${digest(gatewayId.toLowerCase(), 16)}-${event}`, gatewayId, ...changes });
};

test('what goes on comes first, then what is over, each the newest first, older ones of a gateway among them', async () => {
  const table = createIncidentTable(storage, digest);
  const stored = [
    of('a', 'old', { state: 'resolved', updatedAt: '2026-09-01T00:00:00.000Z' }),
    of('a', 'new', { updatedAt: '2026-09-02T00:00:00.000Z' }),
    of('b', 'one', { state: 'resolved', updatedAt: '2026-09-09T00:00:00.000Z' }),
    of('c', 'one', { state: 'recovering', updatedAt: '2026-09-03T00:00:00.000Z' }),
  ];
  for (const each of stored) {
    const slot = { gatewayId: each.gatewayId, isTest: false };
    await table.change(slot, () => ({ incident: each, result: undefined }));
  }
  const { incidents, known } = await createIncidentList(storage, table)();
  expect(incidents.map(({ id }) => id)).toEqual([stored[3]?.id, stored[1]?.id, stored[2]?.id, stored[0]?.id]);
  expect(known).toBe(4);
});

test('an incident’s readings are its folders, the oldest first, and no other blob and no other incident', async () => {
  const blobs = createSnapshotBlobs(storage);
  const { id } = of('r', 'one');
  await blobs.saveDocument(`${id}/20260914T023000123Z/snapshot.json`, {});
  await blobs.saveDocument(`${id}/20260914T021300000Z/snapshot.json`, {});
  await blobs.saveDocument(`${id}/20260914T021300000Z/gateway.json`, {});
  await blobs.saveDocument(`${id}/notification-1.json`, {});
  await blobs.saveDocument(`${id}/elsewhere/x.json`, {});
  await blobs.saveDocument(`${id}0/20260914T030000000Z/snapshot.json`, {});
  const readings = createReadingList(storage);
  expect(await readings(id)).toEqual(['20260914T021300000Z', '20260914T023000123Z']);
  expect(await readings('../x')).toEqual([]);
  expect(await readings('')).toEqual([]);
});
