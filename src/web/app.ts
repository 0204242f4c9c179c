import { HTTPException } from 'hono/http-exception';
import { type Access, isOwnRequest } from './access.ts';
import { describeProblem, problem, problemPage, secured } from './answers.ts';
import { createApi } from './api/routes.ts';
import { ListFilter, PlotQuery, ReadingQuery } from './api/schemas.ts';
import { bundle } from './bundle.ts';
import { ALL, type Links } from './incident/links.ts';
import { incidentPage } from './incident/page.ts';
import { viewOf } from './incident/view.ts';
import { assets, BASE } from './layout/shell.ts';
import { listPage } from './list/page.ts';
import { select } from './list/select.ts';
import { type LoadedIncident, loadIncident } from './load-incident.ts';
import type { WebPorts } from './ports.ts';

/** Takes a request, whoever sends it, and answers it. Never rejects. */
export type WebApp = (request: Request) => Promise<Response>;

/** `/link/<expires>/<signature>/incidents/<id>...` */
const LINK = /^\/link\/(\d{1,12})\/([A-Za-z0-9_-]{1,100})(\/incidents\/([0-9a-z-]{1,64})(?:\/[a-z0-9.-]{1,40})?)$/;

/** The longest path that means anything here. */
const LONGEST_PATH = 600;

/** The incident pages and the JSON API. Everything but the style of the pages is behind the door. */
export function createWebApp(ports: WebPorts): WebApp {
  const routes = createRoutes(ports);
  return async (request) => {
    const url = new URL(request.url);
    const path = url.pathname === BASE ? '/' : url.pathname.slice(BASE.length);
    const isOurs = url.pathname === BASE || url.pathname.startsWith(`${BASE}/`);
    if (!isOurs || path.length > LONGEST_PATH) return secured(problem(404, 'not-found', 'There is nothing here.'));
    try {
      const asset = await answerAsset(ports, request, url.pathname);
      if (asset) return asset;
      const entered = await enter(ports, request, path);
      if (entered instanceof Response) return secured(entered);
      if (!isReading(request) && !isOwnRequest(request.headers, url.origin)) {
        return secured(problem(403, 'foreign-origin', 'Another site may not change anything here.'));
      }
      const target = new URL(`${entered.path}${url.search}`, url.origin);
      const { method, headers, body } = request;
      const inner = new Request(target, {
        method,
        headers,
        ...(body === null ? {} : { body: await request.arrayBuffer() }),
      });
      return secured(await routes.fetch(inner, { access: entered.access, links: entered.links }));
    } catch (error) {
      ports.log.error({ event: 'web.failed', err: error }, 'web request failed');
      return secured(problem(503, 'StorageUnavailable', 'This could not be read just now. Please try again.'));
    }
  };
}

function isReading({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Style, script and fonts are the same for everybody and tell nothing. */
async function answerAsset(ports: WebPorts, request: Request, path: string): Promise<Response | undefined> {
  const asset = isReading(request) ? assets.find((each) => each.path === path) : undefined;
  if (!asset) return undefined;
  const { content, type } = asset;
  const body = 'text' in content ? content.text : new Uint8Array(await ports.readFile(content.file));
  return secured(
    new Response(body, { headers: { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' } }),
  );
}

interface Entered {
  readonly access: Access;
  readonly links: Links;
  /** What is asked for, without what the link put before it. */
  readonly path: string;
}

/** Who it is, and what is asked for; or the answer to somebody who is not let in. */
async function enter({ door }: WebPorts, request: Request, path: string): Promise<Response | Entered> {
  const link = LINK.exec(path);
  const [, expires = '', signature = '', rest = '', incidentId = ''] = link ?? [];
  if (path.startsWith('/link/') && !link) return problemPage(404, 'There is nothing here.');
  if (link && !isReading(request)) return problem(403, 'link-invalid', 'A link of a message is only to be looked at.');
  const entry = link ? door.followLink({ incidentId, expires, signature }) : await door.signIn(request);
  if (entry.outcome === 'closed') return describeProblem(entry, request);
  const { access } = entry;
  if (!link) return access.to === 'everything' ? { access, links: ALL, path } : problemPage(403, NOT_THIS);
  if (access.to !== 'incident' || !isOf(access.incidentId, rest)) return problemPage(403, NOT_THIS);
  return { access, links: { base: `${BASE}/link/${expires}/${signature}`, toEverything: false }, path: rest };
}

const NOT_THIS = 'The link of a message opens one incident alone.';

function isOf(incidentId: string, path: string): boolean {
  const own = `/incidents/${incidentId}`;
  return path === own || path === `${own}/plot.svg` || path === `${own}/plot.png`;
}

function createRoutes(ports: WebPorts) {
  const app = createApi(ports, BASE);

  app.get('/', async (c) => {
    const { access } = c.env;
    const parsed = ListFilter.safeParse(c.req.query());
    const { offset = 0, ...wanted } = parsed.success ? parsed.data : {};
    const filter = Object.fromEntries(
      Object.entries(wanted).filter(([, value]) => value !== undefined && value !== ''),
    );
    const { incidents, known } = await ports.incidents.newest();
    const page = listPage({
      selection: select(incidents, filter, { offset }),
      filter,
      rules: ports.rules,
      searched: incidents.length,
      known,
      now: ports.now().toISOString(),
      ...(access.to === 'everything' && access.isLocal ? { badge: 'local' } : {}),
    });
    return c.html(page);
  });

  app.get('/incidents/:id', async (c) => {
    const loaded = await load(ports, c.req.param('id'), c.req.query());
    if (!loaded) return problemPage(404, 'There is no such incident.');
    const view = viewOf(loaded, ports.rules, ports.portalUrl);
    return c.html(incidentPage(view, c.env.links, ports.now().toISOString()));
  });

  app.get('/incidents/:id/plot.svg', async (c) => {
    const svg = await plotOf(ports, c.req.param('id'), c.req.query());
    if (svg === undefined) return problem(404, 'no-plot', 'There is nothing to draw.');
    return c.body(svg, 200, { 'content-type': 'image/svg+xml; charset=utf-8' });
  });

  app.get('/incidents/:id/plot.png', async (c) => {
    const svg = await plotOf(ports, c.req.param('id'), c.req.query());
    if (svg === undefined) return problem(404, 'no-plot', 'There is nothing to draw.');
    const { pngOf } = await import('./plot/png.ts');
    const png = await pngOf(svg, ports.readFile);
    return c.body(new Uint8Array(png), 200, { 'content-type': 'image/png' });
  });

  app.get('/incidents/:id/snapshot.zip', async (c) => {
    const loaded = await load(ports, c.req.param('id'), c.req.query());
    if (!loaded?.shown) return problem(404, 'no-reading', 'There is no such incident, or no such reading of it.');
    const packed = await bundle(ports, loaded.incident.id, loaded.shown);
    if (!packed) return problem(413, 'too-large', 'This is too large to be packed; it lies in the storage as it is.');
    return c.body(new Uint8Array(packed), 200, {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${loaded.incident.id}-${loaded.shown.name}.zip"`,
    });
  });

  app.notFound((c) =>
    c.req.path.startsWith('/v1/')
      ? problem(404, 'not-found', 'There is nothing here.')
      : problemPage(404, 'There is nothing here.'),
  );
  app.onError((error) => {
    if (error instanceof HTTPException) {
      const { res, status } = error;
      return res ?? problem(status === 400 ? 400 : 415, 'not-valid', 'The body is not JSON, or not called that.');
    }
    throw error;
  });
  return app;
}

type Query = Readonly<Record<string, string>>;

/** A name of a reading that cannot be one is taken for none. */
function load(ports: WebPorts, id: string, query: Query): Promise<LoadedIncident | undefined> {
  const { data } = ReadingQuery.safeParse(query);
  return loadIncident(ports, id, data?.reading);
}

async function plotOf(ports: WebPorts, id: string, query: Query): Promise<string | undefined> {
  const loaded = await load(ports, id, query);
  const plot = loaded && viewOf(loaded, ports.rules, ports.portalUrl).plot;
  if (!plot) return undefined;
  const { plotSvg } = await import('./plot/svg.ts');
  const { theme, size } = PlotQuery.parse(query);
  return plotSvg(plot, { theme, size });
}
