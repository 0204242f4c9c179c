import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { Silence } from '../../core/silence.ts';
import type { Access } from '../access.ts';
import type { Links } from '../incident/links.ts';
import { PAGE_SIZE, select } from '../list/select.ts';
import { type LoadedReading, loadEvidence, loadIncident } from '../load-incident.ts';
import type { WebPorts } from '../ports.ts';
import {
  diagnosisDocument,
  evidenceDocument,
  incidentDocument,
  listDocument,
  silenceDocument,
  snapshotDocument,
} from './documents.ts';
import {
  DiagnosisDocument,
  EvidenceBodies,
  EvidencePath,
  IncidentDetail,
  IncidentList,
  IncidentPath,
  ListQuery,
  NewSilence,
  Problem,
  ReadingQuery,
  SilenceList,
  SilencePath,
  SilenceSchema,
  SnapshotManifest,
} from './schemas.ts';

/** What the adapter hands to every route. */
export interface WebEnv {
  readonly Bindings: { readonly access: Access; readonly links: Links };
}

const answers = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});

const refused = { 400: answers('What was asked is not valid', Problem) } as const;
const lost = { 404: answers('There is no such thing', Problem) } as const;

const listIncidents = createRoute({
  method: 'get',
  path: '/v1/incidents',
  summary: 'Open and recent incidents',
  request: { query: ListQuery },
  responses: { 200: answers('Those that are not resolved first, each the newest first', IncidentList), ...refused },
});

const getIncident = createRoute({
  method: 'get',
  path: '/v1/incidents/{id}',
  summary: 'One incident',
  request: { params: IncidentPath },
  responses: { 200: answers('The incident', IncidentDetail), ...refused, ...lost },
});

const getDiagnosis = createRoute({
  method: 'get',
  path: '/v1/incidents/{id}/diagnosis',
  summary: 'What an investigation of it concluded, with its citations',
  request: { params: IncidentPath, query: ReadingQuery },
  responses: { 200: answers('The diagnosis', DiagnosisDocument), ...refused, ...lost },
});

const getSnapshot = createRoute({
  method: 'get',
  path: '/v1/incidents/{id}/snapshot',
  summary: 'What was read, and what came of it',
  request: { params: IncidentPath, query: ReadingQuery },
  responses: { 200: answers('The list of the evidence', SnapshotManifest), ...refused, ...lost },
});

const getEvidence = createRoute({
  method: 'get',
  path: '/v1/incidents/{id}/snapshot/{evidence}',
  summary: 'One evidence as the service sent it',
  request: { params: EvidencePath, query: ReadingQuery },
  responses: { 200: answers('The evidence, one entry for each part', EvidenceBodies), ...refused, ...lost },
});

const listSilences = createRoute({
  method: 'get',
  path: '/v1/silences',
  summary: 'What is silenced, or will be',
  responses: { 200: answers('The silences', SilenceList) },
});

const addSilence = createRoute({
  method: 'post',
  path: '/v1/silences',
  summary: 'Keeps what is expected from being told for a while',
  request: { body: { required: true, content: { 'application/json': { schema: NewSilence } } } },
  responses: {
    201: answers('The silence', SilenceSchema),
    ...refused,
    415: answers('The body is not JSON', Problem),
  },
});

const endSilence = createRoute({
  method: 'delete',
  path: '/v1/silences/{id}',
  summary: 'Ends a silence now',
  request: { params: SilencePath },
  responses: { 204: { description: 'It is over' }, ...refused, ...lost },
});

/** For people and programs that only have a person's key: the whole of it is in the description. */
const ABOUT = {
  openapi: '3.1.0',
  info: {
    title: 'appgw-triage',
    version: '1',
    description:
      'Incidents of Application Gateways, what was read, and what it says. Every call needs a key (x-api-key, or as the password of basic authentication) or a token of Microsoft Entra ID. Besides the answers listed with each call there are 401 and 403 for who is not let in, and 503 where the storage does not answer; all of them are of the form of Problem.',
  },
};

/** Any one of them is enough. */
const SECURITY: Record<string, string[]>[] = [{ key: [] }, { basic: [] }, { entra: [] }];

/** The parts of the JSON API, mounted where the app wants them. */
export function createApi(ports: WebPorts, base: string): OpenAPIHono<WebEnv> {
  const api = new OpenAPIHono<WebEnv>({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const [issue] = result.error.issues;
      const place = issue?.path.map(String).join('.') ?? '';
      const message = `${place === '' ? 'The request' : `"${place}"`} is not valid.`;
      return c.json({ error: { code: 'not-valid', message } }, 400);
    },
  });

  api.openapi(listIncidents, async (c) => {
    const { offset = 0, limit = PAGE_SIZE, ...filter } = c.req.valid('query');
    const newest = await ports.incidents.newest();
    return c.json(listDocument(select(newest.incidents, present(filter), { offset, limit }), newest), 200);
  });

  api.openapi(getIncident, async (c) => {
    const { id } = c.req.valid('param');
    const incident = await ports.incidents.get(id);
    if (!incident) throw notThere('no-incident', 'There is no such incident.');
    return c.json(incidentDocument(incident, await ports.snapshots.readings(id)), 200);
  });

  api.openapi(getDiagnosis, async (c) => {
    const found = await readingOf(ports, c.req.valid('param').id, c.req.valid('query').reading);
    if (!found) throw noReading();
    return c.json(diagnosisDocument(c.req.valid('param').id, found), 200);
  });

  api.openapi(getSnapshot, async (c) => {
    const found = await readingOf(ports, c.req.valid('param').id, c.req.valid('query').reading);
    if (!found) throw noReading();
    return c.json(snapshotDocument(c.req.valid('param').id, found), 200);
  });

  api.openapi(getEvidence, async (c) => {
    const { id, evidence } = c.req.valid('param');
    const found = await readingOf(ports, id, c.req.valid('query').reading);
    const entries = found?.manifest.evidence.filter(({ name }) => name === evidence) ?? [];
    if (!found || entries.length === 0) throw noReading();
    const loaded = await Promise.all(
      entries.map((entry) => loadEvidence(ports.snapshots, `${id}/${found.name}`, entry)),
    );
    const bodies = loaded.map((item) => ({
      ...evidenceDocument(item),
      ...(item.raw === undefined ? {} : { body: item.raw }),
    }));
    return c.json({ evidence: bodies }, 200);
  });

  api.openapi(listSilences, async (c) => {
    const silences = await ports.silences.list();
    return c.json({ silences: silences.map(silenceDocument) }, 200);
  });

  api.openapi(addSilence, async (c) => {
    const { minutes, from, reason, author, gateway, pool, cause } = c.req.valid('json');
    const begin = from === undefined ? ports.now() : new Date(from);
    const { access } = c.env;
    const silence: Silence = {
      id: ports.newId(),
      from: begin.toISOString(),
      until: new Date(begin.getTime() + minutes * 60_000).toISOString(),
      author: author ?? (access.to === 'everything' ? access.who : 'unknown'),
      reason,
      ...present({ gateway, pool, cause }),
    };
    await ports.silences.add(silence);
    return c.json(silenceDocument(silence), 201);
  });

  api.openapi(endSilence, async (c) => {
    const { id } = c.req.valid('param');
    const known = (await ports.silences.list()).some((silence) => silence.id === id);
    if (!known) throw notThere('no-silence', 'There is no such silence, or it is over.');
    await ports.silences.end(id);
    return c.body(null, 204);
  });

  api.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'apiKey', in: 'header', name: 'x-api-key' });
  api.openAPIRegistry.registerComponent('securitySchemes', 'basic', { type: 'http', scheme: 'basic' });
  api.openAPIRegistry.registerComponent('securitySchemes', 'entra', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  api.get('/openapi.json', (c) =>
    c.json(api.getOpenAPI31Document({ ...ABOUT, security: SECURITY, servers: [{ url: base }] })),
  );
  return api;
}

function notThere(code: string, message: string): HTTPException {
  return new HTTPException(404, { res: Response.json({ error: { code, message } }, { status: 404 }) });
}

function noReading(): HTTPException {
  return notThere('no-reading', 'There is no such incident, or no such reading of it.');
}

/** The reading that is asked for, or the one that the page shows. */
async function readingOf(ports: WebPorts, id: string, wanted: string | undefined): Promise<LoadedReading | undefined> {
  const loaded = await loadIncident(ports, id, wanted);
  if (wanted !== undefined && loaded?.shown?.name !== wanted) return undefined;
  return loaded?.shown;
}

/** The object without the fields that are undefined. */
function present<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
