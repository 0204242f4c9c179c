import type { IncidentStore } from '../app/ports.ts';
import type { Incident } from '../core/incident.ts';
import type { WebPorts } from '../web/ports.ts';
import type { Storage } from './storage.ts';

/** What only the pages ask of the stores: lists. */

/** Rows of incidents that are looked at for a list, and incidents that are read for it. */
const MOST_ROWS = 20_000;
const MOST_INCIDENTS = 200;
/** How many are read at once. */
const AT_ONCE = 16;

interface Row {
  readonly incidentId?: string;
  readonly state?: string;
  readonly updatedAt?: string;
}

/** The incidents of a list. A table cannot be asked for the newest, so its rows are looked through by three small fields. */
export function createIncidentList(
  storage: Pick<Storage, 'table'>,
  incidents: Pick<IncidentStore, 'get'>,
): WebPorts['incidents']['newest'] {
  return async () => {
    const table = await storage.table('incidents');
    const rows = new Map<string, Row>();
    let seen = 0;
    for await (const row of table.listEntities<Row>({
      queryOptions: { select: ['incidentId', 'state', 'updatedAt'] },
    })) {
      seen += 1;
      if (row.incidentId) rows.set(row.incidentId, row);
      if (seen >= MOST_ROWS) break;
    }
    const order = ({ state, updatedAt = '' }: Row) => `${state === 'resolved' ? '0' : '1'}${updatedAt}`;
    const newest = [...rows.values()].toSorted((left, right) => (order(left) < order(right) ? 1 : -1));
    const found: Incident[] = [];
    for (let from = 0; from < Math.min(newest.length, MOST_INCIDENTS); from += AT_ONCE) {
      const some = newest.slice(from, Math.min(from + AT_ONCE, MOST_INCIDENTS));
      const read = await Promise.all(some.map(({ incidentId = '' }) => incidents.get(incidentId)));
      found.push(...read.filter((incident) => incident !== undefined));
    }
    return { incidents: found, known: rows.size };
  };
}

/** An incident is read every few minutes for days at most. */
const MOST_READINGS = 2_000;

/** The names of an incident's readings: the folders that lie in its own. */
export function createReadingList(storage: Pick<Storage, 'container'>): WebPorts['snapshots']['readings'] {
  return async (incidentId) => {
    if (!/^[0-9a-z-]{1,64}$/.test(incidentId)) return [];
    const container = await storage.container('snapshots');
    const names: string[] = [];
    for await (const item of container.listBlobsByHierarchy('/', { prefix: `${incidentId}/` })) {
      const name = item.kind === 'prefix' ? item.name.slice(incidentId.length + 1, -1) : '';
      if (/^\d{8}T\d{6,9}Z$/.test(name)) names.push(name);
      if (names.length >= MOST_READINGS) break;
    }
    return names.sort();
  };
}
