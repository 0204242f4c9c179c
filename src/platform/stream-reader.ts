import { streamDocument } from '../traffic/stream-document.ts';
import type { Storage } from './storage.ts';
import { createTrafficTable } from './traffic-table.ts';

/** Reads what the stream has counted for a gateway, for an investigation. */
export async function readStream(
  storage: Storage,
  digest: (text: string, length: number) => string,
  gatewayId: string,
  from: Date,
  to: Date,
): Promise<unknown> {
  const store = createTrafficTable(storage, digest);
  const span = {
    gatewayId,
    fromMinute: Math.floor(from.getTime() / 60_000),
    toMinute: Math.floor(to.getTime() / 60_000),
  };
  const [rows, ledgers] = await Promise.all([
    store.rowsBetween(gatewayId.toLowerCase(), span.fromMinute, span.toMinute),
    store.ledgers(),
  ]);
  return streamDocument(rows, ledgers, span);
}
