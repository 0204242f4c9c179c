import { randomUUID } from 'node:crypto';
import type { IntakeLog } from '../app/ports.ts';
import type { Storage } from './storage.ts';

/** What came in and led to no incident: one partition a day, so that a day can be read and deleted as one. */
export function createIntakeTable(storage: Storage): IntakeLog {
  return {
    async record({ at, reason, title = '', id = '' }) {
      const table = await storage.table('intake');
      await table.createEntity({ partitionKey: at.slice(0, 10), rowKey: `${at}-${randomUUID()}`, reason, title, id });
    },
  };
}
