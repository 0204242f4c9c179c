import type { BaselineStore } from '../app/ports.ts';
import type { Baseline } from '../core/baseline.ts';
import { isConflict, statusOf } from './incident-table.ts';
import type { Storage } from './storage.ts';

/** One row a gateway: what it is, when it was asked, and the whole as one document in pieces. */
const TABLE = 'baselines';
const PARTITION = 'gateway';

/** A string property holds 32,768 characters of UTF-16; a row a mebibyte, of which this is a third. */
const PIECE = 30_000;
const MAX_LENGTH = 180_000;

export function createBaselineTable(storage: Storage, digest: (text: string, length: number) => string): BaselineStore {
  const keyOf = (gatewayId: string) => ({ partitionKey: PARTITION, rowKey: digest(gatewayId.toLowerCase(), 16) });

  async function read(gatewayId: string): Promise<{ baseline?: Baseline; etag: string } | undefined> {
    const { partitionKey, rowKey } = keyOf(gatewayId);
    try {
      const entity = await (await storage.table(TABLE)).getEntity(partitionKey, rowKey);
      return { baseline: documentOf(entity), etag: entity.etag };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  return {
    get: async (gatewayId) => (await read(gatewayId))?.baseline,
    async list() {
      const found: Pick<Baseline, 'gatewayId' | 'asked'>[] = [];
      const table = await storage.table(TABLE);
      const queryOptions = { filter: `PartitionKey eq '${PARTITION}'`, select: ['gatewayId', 'asked'] };
      for await (const { gatewayId, asked } of table.listEntities<{ gatewayId?: string; asked?: string }>({
        queryOptions,
      })) {
        if (gatewayId) found.push({ gatewayId, asked: askedIn(asked) });
      }
      return found;
    },
    async change(gatewayId, change) {
      const table = await storage.table(TABLE);
      const stored = await read(gatewayId);
      const entity = toEntity(keyOf(gatewayId), bounded(change(stored?.baseline)));
      try {
        await (stored ? table.updateEntity(entity, 'Replace', { etag: stored.etag }) : table.createEntity(entity));
      } catch (error) {
        // Somebody else has read the gateway at the same moment, which is as good.
        if (!isConflict(error)) throw error;
      }
    },
  };
}

/** A row must fit: what takes the room are the parts of the configuration, and without them only their names are not told. */
function bounded(baseline: Baseline): Baseline {
  return JSON.stringify(baseline).length <= MAX_LENGTH ? baseline : { ...baseline, parts: {} };
}

function toEntity(key: { readonly partitionKey: string; readonly rowKey: string }, baseline: Baseline) {
  const document = JSON.stringify(baseline).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const pieces = Array.from({ length: Math.ceil(document.length / PIECE) }, (_, index) => [
    `d${index}`,
    document.slice(index * PIECE, (index + 1) * PIECE),
  ]);
  const { gatewayId, asked, configs, places } = baseline;
  // When it last said anything; what says nothing for as long as anything is kept goes.
  const times = [configs.at(-1)?.to ?? '', ...places.map(({ spans }) => spans.at(-1)?.to ?? '')];
  const seenAt = times.toSorted().at(-1) ?? '';
  return { ...key, gatewayId, seenAt, asked: JSON.stringify(asked), ...Object.fromEntries(pieces) };
}

/** A row that cannot be read is written anew by the next reading. */
function documentOf(entity: Readonly<Record<string, unknown>>): Baseline | undefined {
  const pieces: string[] = [];
  for (let index = 0; typeof entity[`d${index}`] === 'string'; index += 1) pieces.push(entity[`d${index}`] as string);
  try {
    return JSON.parse(pieces.join('')) as Baseline;
  } catch {
    return undefined;
  }
}

function askedIn(text: string | undefined): Baseline['asked'] {
  try {
    return JSON.parse(text ?? '{}') as Baseline['asked'];
  } catch {
    return {};
  }
}
