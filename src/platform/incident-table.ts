import { setTimeout as wait } from 'node:timers/promises';
import type { TableClient } from '@azure/data-tables';
import type { Change, IncidentStore, Slot } from '../app/ports.ts';
import type { Incident } from '../core/incident.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import type { Storage } from './storage.ts';

/**
 * Incidents in a table. The partition is the gateway's digest; the row `current` (or `test`) holds the newest incident
 * as one document, so that "at most one open incident a gateway" is one conditional write. When an incident makes room
 * for the next, it is kept in a row of its own id, in the same transaction.
 */
const TABLE = 'incidents';

/** A string property holds 64 KiB of UTF-16: 32,768 characters. The document is cut into pieces below that. */
const PIECE = 30_000;

/**
 * A conflict means that somebody else made progress, so a writer that waits a little, and a random little, gets its turn.
 * The tests have fifty write to one gateway at once.
 */
const MAX_TRIES = 60;
const MAX_PAUSE_MS = 400;

export function createIncidentTable(storage: Storage, digest: (text: string, length: number) => string): IncidentStore {
  const partitionOf = (gatewayId: string) => digest(gatewayId.toLowerCase(), 16);

  async function change<Result>(
    slot: Slot,
    decide: (current: Incident | undefined) => Change<Result>,
  ): Promise<Result> {
    const table = await storage.table(TABLE);
    const partitionKey = partitionOf(slot.gatewayId);
    const rowKey = slot.isTest ? 'test' : 'current';
    for (let attempt = 1; ; attempt += 1) {
      const stored = await read(table, partitionKey, rowKey);
      const { incident, result } = decide(stored?.incident);
      if (!incident) return result;
      try {
        await write(table, partitionKey, rowKey, stored, incident);
        return result;
      } catch (error) {
        if (!isConflict(error) || attempt === MAX_TRIES) throw error;
        await wait(Math.random() * Math.min(20 * attempt, MAX_PAUSE_MS));
      }
    }
  }

  async function get(incidentId: string): Promise<Incident | undefined> {
    const [partitionKey = ''] = incidentId.split('-');
    if (!/^[0-9a-f]{16}$/.test(partitionKey) || !/^[0-9a-z-]{1,64}$/.test(incidentId)) return undefined;
    const table = await storage.table(TABLE);
    const newest = await read(table, partitionKey, incidentId.endsWith('-test') ? 'test' : 'current');
    if (newest?.incident.id === incidentId) return newest.incident;
    return (await read(table, partitionKey, incidentId))?.incident;
  }

  /** The whole table is looked through for what is open: it holds a row a gateway, and the archive beside it. */
  async function* unresolved(): AsyncIterable<Incident> {
    const table = await storage.table(TABLE);
    const filter = "(RowKey eq 'current' or RowKey eq 'test') and (state ne 'resolved' or waiting eq true)";
    for await (const entity of table.listEntities({ queryOptions: { filter } })) {
      const incident = incidentOf(entity);
      if (incident) yield incident;
    }
  }

  async function subscriptions(): Promise<readonly string[]> {
    const table = await storage.table(TABLE);
    const found = new Set<string>();
    const queryOptions = { filter: "RowKey eq 'current'", select: ['subscription'] };
    for await (const { subscription } of table.listEntities<{ subscription?: string }>({ queryOptions })) {
      if (subscription) found.add(subscription);
    }
    return [...found];
  }

  async function gateways(): Promise<readonly { gatewayId: string; isOpen: boolean }[]> {
    const table = await storage.table(TABLE);
    const found: { gatewayId: string; isOpen: boolean }[] = [];
    const queryOptions = { filter: "RowKey eq 'current'", select: ['gatewayId', 'state'] };
    for await (const { gatewayId, state } of table.listEntities<{ gatewayId?: string; state?: string }>({
      queryOptions,
    })) {
      if (gatewayId) found.push({ gatewayId, isOpen: state !== 'resolved' });
    }
    return found;
  }

  return { change, get, unresolved, subscriptions, gateways };
}

interface Stored {
  readonly incident: Incident;
  readonly etag: string;
}

async function read(table: TableClient, partitionKey: string, rowKey: string): Promise<Stored | undefined> {
  try {
    const entity = await table.getEntity(partitionKey, rowKey);
    return { incident: documentOf(entity), etag: entity.etag };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function documentOf(entity: Readonly<Record<string, unknown>>): Incident {
  const pieces: string[] = [];
  for (let index = 0; typeof entity[`d${index}`] === 'string'; index += 1) pieces.push(entity[`d${index}`] as string);
  return JSON.parse(pieces.join('')) as Incident;
}

/** A row that cannot be read must not keep a sweep from the others. */
function incidentOf(entity: Readonly<Record<string, unknown>>): Incident | undefined {
  try {
    return documentOf(entity);
  } catch {
    return undefined;
  }
}

async function write(
  table: TableClient,
  partitionKey: string,
  rowKey: string,
  stored: Stored | undefined,
  incident: Incident,
): Promise<void> {
  const entity = toEntity(partitionKey, rowKey, incident);
  if (!stored) {
    await table.createEntity(entity);
  } else if (stored.incident.id === incident.id) {
    await table.updateEntity(entity, 'Replace', { etag: stored.etag });
  } else {
    await table.submitTransaction([
      ['upsert', toEntity(partitionKey, stored.incident.id, stored.incident), 'Replace'],
      ['update', entity, 'Replace', { etag: stored.etag }],
    ]);
  }
}

function toEntity(partitionKey: string, rowKey: string, incident: Incident) {
  // Only ASCII: an emulator that reads a request in chunks may cut a longer character in two.
  const document = JSON.stringify(incident).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const pieces = Array.from({ length: Math.ceil(document.length / PIECE) }, (_, index) => [
    `d${index}`,
    document.slice(index * PIECE, (index + 1) * PIECE),
  ]);
  return {
    partitionKey,
    rowKey,
    incidentId: incident.id,
    gatewayId: incident.gatewayId,
    subscription: parseGatewayId(incident.gatewayId)?.subscription.toLowerCase() ?? '',
    state: incident.state,
    waiting: incident.outbox.length > 0,
    updatedAt: incident.updatedAt,
    ...Object.fromEntries(pieces),
  };
}

/** 409: somebody created the row first. 412: somebody changed it since it was read. */
export function isConflict(error: unknown): boolean {
  const status = statusOf(error);
  return status === 409 || status === 412;
}

export function statusOf(error: unknown): number | undefined {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}
