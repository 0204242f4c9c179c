import type { CollectContext } from './evidence-kind.ts';
import { fieldsOf } from './json.ts';
import { rawBodyOf, unreadableAnswer } from './raw-body.ts';

/**
 * Asks Resource Graph across everything that the caller may read, and returns its answer as it was sent: at most 1,000
 * rows of objects. What the caller may not read is silently not among them, so that a row is proof and no row is none.
 */
export async function askResourceGraph({ clients, abort }: CollectContext, query: string): Promise<unknown> {
  const client = await clients.resourceGraph();
  const raw = await rawBodyOf((onResponse) =>
    client.resources(
      { query, options: { resultFormat: 'objectArray', allowPartialScopes: true } },
      { abortSignal: abort, onResponse },
    ),
  );
  if (!Array.isArray(fieldsOf(raw).get('data'))) throw unreadableAnswer('the service answered without rows');
  return raw;
}

/** A text between quotes, for text that holds neither single quotes nor backslashes: addresses, DNS names, checked ids. */
export function quoted(text: string): string {
  if (/['\\\r\n]/.test(text)) throw new TypeError('This text cannot stand in a query.');
  return `'${text}'`;
}
