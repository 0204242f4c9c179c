/** An outgoing request, as far as its name goes. */
export interface OutgoingRequest {
  readonly method: string;
  /** Of the server that is asked, such as `http://127.0.0.1:10000`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
}

/** The origins of the storage services, which have the same paths. */
export interface StorageOrigins {
  readonly blob: string;
  readonly queue: string;
  readonly table: string;
}

/**
 * What a request does, in words that stay the same from run to run: ids and times are left out, so that the third time
 * of one run is the third time of the next. Pure.
 */
export function labelOf(request: OutgoingRequest, storage: StorageOrigins): string {
  const [path = '', query = ''] = request.path.split('?');
  const parts = path.split('/').filter(Boolean).map(decode);
  const { method, origin } = request;
  if (origin === storage.queue) return queueLabel(method, parts.slice(1));
  if (origin === storage.table) return tableLabel(method, parts.slice(1).join('/'));
  if (origin === storage.blob)
    return `${method} blob ${query.includes('restype=container') ? 'container' : parts.at(-1)}`;
  const [first = ''] = parts;
  if (/^(slack|teams|pagerduty|webhook)$/.test(first)) return `POST ${first}`;
  if (first === 'msi') return 'GET token';
  if (/operationresults/i.test(path)) return 'GET arm operation';
  return `${method} arm ${parts.slice(-2).filter(isWord).join('/') || 'gateway'}`;
}

function queueLabel(method: string, [queue = '', , message]: readonly string[]): string {
  const verbs: Readonly<Record<string, string>> = { POST: 'send', GET: 'receive', DELETE: 'delete', PUT: 'hide' };
  if (message !== undefined) return `queue ${queue} ${verbs[method] ?? method}`;
  return `queue ${queue} ${method === 'PUT' ? 'create' : (verbs[method] ?? method)}`;
}

function tableLabel(method: string, resource: string): string {
  const [, table = resource, key = ''] = /^([^(]*)(?:\((.*)\))?$/.exec(resource) ?? [];
  const [, row = ''] = /RowKey='([^']*)'/.exec(key) ?? [];
  // The rows of the ledger name revision and sink, those of the incidents `current`; others hold ids and times.
  const known = /^(current|test|tenant|\d+-[a-z-]+|latest-[a-z-]+|pause|slack|teams|pagerduty|webhook)$/.test(row);
  return `${method} table ${table}${known ? ` ${row}` : ''}`;
}

/** Names of kinds of resources and of actions: letters alone, or with a version in front. */
function isWord(part: string): boolean {
  return /^[A-Za-z.]+$/.test(part);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
