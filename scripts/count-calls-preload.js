// Loaded into the host's process before anything else (`node --import`): counts the requests that it sends.
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const { COUNT_CALLS_FILE } = process.env;
const counts = {};

function count(method, origin, path) {
  const [bare, query = ''] = path.split('?');
  const key = `${method} ${origin} ${bare}${query.includes('restype=container') ? ' container' : ''}`;
  counts[key] = (counts[key] ?? 0) + 1;
}

subscribe('http.client.request.created', ({ request }) => {
  count(request.method, `${request.protocol}//${request.getHeader('host')}`, request.path);
});
subscribe('undici:request:create', ({ request }) => {
  count(request.method, String(request.origin), request.path);
});
process.on('exit', () => writeFileSync(COUNT_CALLS_FILE, JSON.stringify(counts)));
