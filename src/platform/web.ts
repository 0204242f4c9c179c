import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { rules } from '../causes/index.ts';
import { evidenceKinds } from '../evidence/index.ts';
import { createWebApp, type WebApp } from '../web/app.ts';
import { createIncidentTable } from './incident-table.ts';
import { createLog } from './log.ts';
import { digest } from './ports.ts';
import { type Environment, readSettings } from './settings.ts';
import { createSilenceTable } from './silence-table.ts';
import { createSnapshotBlobs } from './snapshot-blobs.ts';
import { openStorage } from './storage.ts';
import { readAsset } from './web-assets.ts';
import { createWebDoor } from './web-door.ts';
import { createIncidentList, createReadingList } from './web-stores.ts';

let app: WebApp | undefined;

/** The incident pages and the JSON API, from the host's own types to the web's and back. */
export async function onWeb(request: HttpRequest, _context: InvocationContext): Promise<HttpResponseInit> {
  try {
    app ??= createWeb(process.env);
  } catch (error) {
    createLog('error').error({ event: 'settings.unusable', err: error }, 'the settings are not usable');
    return { status: 503, jsonBody: { error: { code: 'NotConfigured', message: 'The settings are not usable.' } } };
  }
  const asked = await toRequest(request);
  if (!asked) {
    return { status: 413, jsonBody: { error: { code: 'body-too-large', message: 'The body is too large.' } } };
  }
  const answer = await app(asked);
  const body = request.method === 'HEAD' ? undefined : new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, headers: Object.fromEntries(answer.headers), ...(body ? { body } : {}) };
}

/** Builds the app. Nothing is asked of anybody yet; throws where a setting is not usable. */
export function createWeb(environment: Environment): WebApp {
  const settings = readSettings(environment);
  const now = () => new Date();
  const storage = openStorage(settings);
  const incidents = createIncidentTable(storage, digest);
  const silences = createSilenceTable(storage, now);
  return createWebApp({
    now,
    log: createLog(settings.LOG_LEVEL),
    door: createWebDoor({ settings, environment, now }),
    incidents: { get: incidents.get, newest: createIncidentList(storage, incidents) },
    snapshots: {
      loadDocument: createSnapshotBlobs(storage).loadDocument,
      readings: createReadingList(storage),
    },
    silences,
    rules,
    evidenceKinds,
    portalUrl: settings.PORTAL_URL,
    newId: () => randomUUID().slice(0, 8),
    readFile: readAsset,
  });
}

/** The largest body is that of a new silence. In bytes. */
const MOST_BYTES = 16_384;

/** Undefined where the body is larger than anything that is taken here. */
async function toRequest({ url, method, headers, body }: HttpRequest): Promise<Request | undefined> {
  const taken = new Headers();
  for (const [name, value] of headers.entries()) taken.append(name, value);
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers: taken });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    length += bytes.length;
    if (length > MOST_BYTES) return undefined;
    chunks.push(bytes);
  }
  const whole = new Uint8Array(Buffer.concat(chunks));
  return new Request(url, { method, headers: taken, ...(whole.length > 0 ? { body: whole } : {}) });
}
