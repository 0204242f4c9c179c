import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { strFromU8, unzipSync } from 'fflate';
import { backendHealthJson, gatewayJson } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import type { Incident } from '../src/core/incident.ts';
import { readSettings } from '../src/platform/settings.ts';
import { createWebDoor } from '../src/platform/web-door.ts';
import { linksTo } from '../src/platform/web-links.ts';
import { createWebApp, type WebApp } from '../src/web/app.ts';
import { assets } from '../src/web/layout/shell.ts';
import { placedCauses } from '../src/web/map/places.ts';
import {
  failed,
  incident,
  LINK_SECRET,
  linkPath,
  NOW,
  ORIGIN,
  ok,
  type Shelf,
  shelf,
  WEB_KEY,
  wrongPort,
} from './web-incidents.ts';

const KEY = { 'x-api-key': WEB_KEY };
const HTML = { accept: 'text/html' };

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function ask(app: WebApp, path: string, { method = 'GET', headers = KEY, body }: Asked = {}) {
  const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const answer = await app(new Request(`${ORIGIN}${path}`, { method, headers, ...init }));
  const text = await answer.clone().text();
  return { answer, status: answer.status, text, headers: answer.headers };
}

function stocked(): { app: WebApp; kept: Shelf; one: Incident } {
  const kept = shelf();
  const first = kept.read(incident(), wrongPort(), '2026-09-14T02:13:00.000Z');
  const one = kept.tell(first, 'opened', '2026-09-14T02:13:05.000Z');
  return { app: createWebApp(kept.ports), kept, one };
}

describe('who is let in', () => {
  const { app, one } = stocked();
  const page = `/api/web/incidents/${one.id}`;
  const closed = [
    '/api/web',
    '/api/web/',
    page,
    `${page}/plot.svg`,
    `${page}/plot.png`,
    `${page}/snapshot.zip`,
    '/api/web/openapi.json',
    '/api/web/v1/incidents',
    `/api/web/v1/incidents/${one.id}`,
    '/api/web/v1/silences',
    '/api/web/nothing',
  ];

  test.each(closed)('nobody without a key sees %s', async (path) => {
    const guesses: readonly Readonly<Record<string, string>>[] = [
      {},
      { 'x-api-key': 'guess' },
      { 'x-api-key': '' },
      { authorization: `Bearer ${WEB_KEY}` },
      { authorization: 'Basic ====' },
      { authorization: `Basic ${btoa(`x:${WEB_KEY}x`)}` },
      { 'x-ms-client-principal': btoa(JSON.stringify({ auth_typ: 'aad', claims: [] })) },
      { 'x-functions-key': WEB_KEY },
    ];
    for (const headers of guesses) {
      const { status, text } = await ask(app, path, { headers });
      expect({ headers, status }).toEqual({ headers, status: 401 });
      expect(text).not.toContain('pool-orders');
    }
    expect((await ask(app, `${path}?code=${WEB_KEY}&x-api-key=${WEB_KEY}`, { headers: {} })).status).toBe(401);
  });

  test('a browser is asked for the key, and may send it as a password', async () => {
    const refused = await ask(app, '/api/web/', { headers: HTML });
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(refused.headers.get('content-type')).toMatch(/^text\/html/);
    expect((await ask(app, '/api/web/', { headers: { authorization: `Basic ${btoa(`me:${WEB_KEY}`)}` } })).status).toBe(
      200,
    );
  });

  test('a link of a message opens its incident and the pictures, to be looked at, and nothing else', async () => {
    const link = linkPath(one.id);
    const { status, text } = await ask(app, link, { headers: {} });
    expect(status).toBe(200);
    expect(text).toContain('pool-orders');
    // Whatever the page leads to is behind the same link.
    const own = [...text.matchAll(/(?:href|src|srcset)="(\/api\/web\/[^"]*)"/g)].map(([, href]) => href ?? '');
    const led = own.filter((href) => !href.startsWith('/api/web/assets/'));
    expect(led.length).toBeGreaterThan(0);
    for (const href of led) {
      expect(href.startsWith(link)).toBe(true);
      expect((await ask(app, href.replaceAll('&amp;', '&'), { headers: {} })).status).toBe(200);
    }
    expect((await ask(app, `${link}/plot.png`, { headers: {} })).headers.get('content-type')).toBe('image/png');
    for (const path of [
      `${link}/snapshot.zip`,
      link.replace(one.id, 'ffffffffffffffff-0a1b2c3d4e'),
      link.replace(/\/incidents.*/, '/'),
      link.replace(/\/incidents.*/, '/v1/incidents'),
      link.replace('/incidents/', '/v1/incidents/'),
    ]) {
      const refused = await ask(app, path, { headers: {} });
      expect({ path, let: [403, 404].includes(refused.status) }).toEqual({ path, let: true });
    }
    for (const method of ['POST', 'DELETE']) expect((await ask(app, link, { method, headers: {} })).status).toBe(403);
  });

  test('a link that was tampered with, is another secret’s, or has ended opens nothing', async () => {
    const [, expires = '', signature = ''] = /link\/(\d+)\/([^/]+)/.exec(linkPath(one.id)) ?? [];
    const rest = `/incidents/${one.id}`;
    const longer = `/api/web/link/${Number(expires) + 1}/${signature}${rest}`;
    const cut = `/api/web/link/${expires}/${signature.slice(0, -1)}${rest}`;
    const old = linkPath(one.id, Math.floor(Date.parse(NOW) / 1_000) - 1);
    const padded = `/api/web/link/0${expires}/${signature}${rest}`;
    for (const path of [longer, cut, padded]) expect((await ask(app, path, { headers: HTML })).status).toBe(403);
    const ended = await ask(app, old, { headers: {} });
    expect(JSON.parse(ended.text)).toMatchObject({ error: { code: 'link-expired' } });
    const none = createWebApp(shelf({ WEB_KEY }).ports);
    expect((await ask(none, linkPath(one.id), { headers: {} })).status).toBe(403);
  });

  test('what a message links to is what the door opens', async () => {
    const settings = readSettings({ PUBLIC_URL: `${ORIGIN}/`, LINK_SECRET, LINK_HOURS: '2' });
    const links = linksTo(settings, { incidentId: one.id, at: NOW });
    expect(new URL(links?.pageUrl ?? '').search).toBe('');
    expect((await ask(app, new URL(links?.pageUrl ?? '').pathname, { headers: {} })).status).toBe(200);
    expect((await ask(app, new URL(links?.imageUrl ?? '').pathname, { headers: {} })).status).toBe(200);
    expect(linksTo(readSettings({ LINK_SECRET }), { incidentId: one.id, at: NOW })).toBeUndefined();
    expect(linksTo(readSettings({ PUBLIC_URL: ORIGIN }), { incidentId: one.id, at: NOW })).toBeUndefined();
  });

  const enter = async (
    environment: Readonly<Record<string, string>>,
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const door = createWebDoor({ settings: readSettings(environment), environment, now: () => new Date(NOW) });
    return (await door.signIn(new Request(url, { headers }))).outcome;
  };
  const here = 'http://127.0.0.1:7071/api/web/';

  test('nothing is open unless it is set up', async () => {
    expect(await enter({}, here)).toBe('closed');
    expect(await enter({}, here, { 'x-api-key': '' })).toBe('closed');
    expect(await enter({ WEB_OPEN: 'loopback' }, here)).toBe('open');
    expect(await enter({ WEB_OPEN: 'loopback' }, 'http://localhost:7071/api/web/')).toBe('open');
  });

  test('a machine is open to itself alone, and never in Azure', async () => {
    const open = { WEB_OPEN: 'loopback' };
    expect(await enter(open, 'http://rebound.example:7071/api/web/')).toBe('closed');
    expect(await enter(open, 'http://10.0.0.4:7071/api/web/')).toBe('closed');
    expect(await enter(open, here, { 'x-forwarded-for': '203.0.113.7' })).toBe('closed');
    expect(await enter({ ...open, WEBSITE_INSTANCE_ID: 'abc' }, here)).toBe('closed');
    expect(await enter({ ...open, WEBSITE_SITE_NAME: 'triage' }, here)).toBe('closed');
  });

  test('a header of App Service authentication counts only where that is on, and of the right tenant', async () => {
    const tenant = '11111111-2222-4333-8444-555555555555';
    const principal = (tid: string) => ({
      'x-ms-client-principal': btoa(JSON.stringify({ auth_typ: 'aad', claims: [{ typ: 'tid', val: tid }] })),
    });
    const on = { WEB_SIGN_IN: 'true', WEBSITE_AUTH_ENABLED: 'True', ENTRA_TENANT_ID: tenant };
    expect(await enter(on, here, principal(tenant))).toBe('open');
    expect(await enter(on, here, principal('99999999-2222-4333-8444-555555555555'))).toBe('closed');
    expect(await enter(on, here, { 'x-ms-client-principal': 'nonsense' })).toBe('closed');
    expect(await enter({ ...on, WEBSITE_AUTH_ENABLED: 'False' }, here, principal(tenant))).toBe('closed');
    expect(await enter({ ...on, WEB_SIGN_IN: 'false' }, here, principal(tenant))).toBe('closed');
  });

  test('a page of another site may not change anything', async () => {
    const silence = { minutes: 30, reason: 'x' };
    const foreigners: readonly Readonly<Record<string, string>>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ];
    for (const foreign of foreigners) {
      const headers = { ...KEY, ...foreign, 'content-type': 'application/json' };
      expect((await ask(app, '/api/web/v1/silences', { method: 'POST', headers, body: silence })).status).toBe(403);
    }
  });

  test('every answer has the headers that keep it in its place', async () => {
    for (const path of [
      '/api/web/',
      page,
      '/api/web/v1/incidents',
      '/api/web/none',
      `${page}/plot.svg`,
      linkPath(one.id),
      '/api/web/assets/x',
    ]) {
      const { headers } = await ask(app, path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('pages hold no inline script and no inline style, and load nothing from elsewhere', async () => {
    const { text } = await ask(app, page);
    expect(text).not.toMatch(/<script(?![^>]* src="\/api\/web\/assets\/)/);
    expect(text).not.toMatch(/ style=|<style| on[a-z]+=|javascript:/i);
    for (const [, url = ''] of text.matchAll(/ (?:src|srcset)="([^"]*)"/g)) expect(url).toMatch(/^\/api\/web\//);
  });

  test('style, script and fonts are there for everybody', async () => {
    for (const { path, type } of assets) {
      const { status, headers, answer } = await ask(app, path, { headers: {} });
      expect({ path, status, type: headers.get('content-type') }).toEqual({ path, status: 200, type });
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
      expect(headers.get('cache-control')).toContain('immutable');
    }
    const style = assets.find(({ path }) => path.endsWith('.css'));
    const css = style && 'text' in style.content ? style.content.text : '';
    const fonts = [...css.matchAll(/url\(([^)]*)\)/g)].map(
      ([, url = '']) => new URL(url, `${ORIGIN}${style?.path}`).pathname,
    );
    expect(fonts).toHaveLength(2);
    expect(fonts.every((font) => assets.some(({ path }) => path === font))).toBe(true);
  });

  test('storage that fails is answered 503, and nothing of the error is shown', async () => {
    const kept = shelf();
    const broken = createWebApp({
      ...kept.ports,
      incidents: { ...kept.ports.incidents, get: () => Promise.reject(new Error('https://secret.example/?sig=abc')) },
    });
    for (const path of [page, `/api/web/v1/incidents/${one.id}`]) {
      const { status, text } = await ask(broken, path);
      expect(status).toBe(503);
      expect(text).not.toContain('secret');
    }
    expect(kept.logged.map(({ event }) => event)).toEqual(['web.failed', 'web.failed']);
  });
});

describe('the page', () => {
  const text = async (kept: Shelf, one: Incident, query = '') =>
    (await ask(createWebApp(kept.ports), `/api/web/incidents/${one.id}${query}`)).text;

  /** The titles of the sections, top to bottom. */
  const titles = (page: string) => [...page.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, title]) => title);

  test('says what it is, what to do, and by what, in this order', async () => {
    const { kept, one } = stocked();
    const page = await text(kept, one);
    expect(/<h1>([^<]*)/.exec(page)?.[1]).toBe(
      'The backend setting or probe points at a port that the backend does not serve',
    );
    expect(titles(page)).toEqual([
      'To be sure, read this next',
      'The fix, if that confirms it',
      'The evidence',
      'How it went',
      'Where it breaks',
      'What changed before',
      'What still stands',
      'What it is not',
      'What was read',
      'Timeline',
      'Downloads',
    ]);
    expect(page).toContain('Undo');
    expect(page).toContain('Do not restart or scale the gateway.');
    expect(page).toContain('Log Analytics refused: the identity may not read this table.');
  });

  test('a confirmed cause has its fix first, and no read before it', async () => {
    const kept = shelf();
    const gateway = gatewayJson({
      pools: { 'pool-a': [] },
      settings: { 'http-a': {} },
      routes: [['pool-a', 'http-a']],
    });
    const one = kept.read(
      incident(),
      [ok('gateway', gateway), ok('backend-health', backendHealthJson({ 'pool-a~http-a': [] }))],
      NOW,
    );
    const page = await text(kept, one);
    expect(page).toContain('confirmed');
    expect(titles(page)[0]).toBe('The fix');
    expect(page).toContain('no members');
  });

  test('before anything was read it says what fired, and claims nothing', async () => {
    const kept = shelf();
    const one = incident();
    kept.incidents.push(one);
    const page = await text(kept, one);
    expect(page).toContain('An alert fired, and the gateway is being read');
    expect(page).toContain('Minimum HealthyHostCount is 0, below 1');
    expect(titles(page)).toEqual(['Timeline', 'Downloads']);
  });

  test('where every reading failed it says so, and not that all is well', async () => {
    const kept = shelf();
    const one = kept.read(
      incident(),
      [failed('backend-health', 'Azure did not answer in time.'), failed('gateway', 'It took too long.')],
      NOW,
    );
    const page = await text(kept, one);
    expect(page).toContain('The gateway could not be read');
    expect(page).toContain('Azure did not answer in time.');
    expect(page).not.toContain('No trouble was found');
  });

  test('where nothing is established it names the next read and no fix', async () => {
    const kept = shelf();
    const health = backendHealthJson({
      'pool-a~http-a': [['10.0.0.4', 'Unhealthy', 'Something nobody has seen before.']],
    });
    const one = kept.read(incident(), [ok('backend-health', health)], NOW);
    const page = await text(kept, one);
    expect(page).toContain('The cause is not established');
    expect(titles(page)).toContain('To be sure, read this next');
    expect(titles(page).some((title) => title?.startsWith('The fix'))).toBe(false);
  });

  test('a test is called one', async () => {
    const kept = shelf();
    const one = incident({ id: '0123456789abcdef-0a1b2c3d4e-test', isTest: true });
    kept.incidents.push(one);
    expect(await text(kept, one)).toContain('A test: nothing is wrong');
  });

  test('after the recovery it still shows what was wrong, with before and after', async () => {
    const { kept, one } = stocked();
    const well = [
      ok(
        'backend-health',
        backendHealthJson({
          'pool-orders~orders-8080': [
            ['10.20.2.10', 'Healthy', 'Success. Received 200 status code'],
            ['10.20.2.11', 'Healthy', 'Success. Received 200 status code'],
          ],
        }),
      ),
    ];
    const later = kept.read(one, well, '2026-09-14T02:39:00.000Z');
    const over = kept.tell(
      { ...later, state: 'resolved', resolvedAt: '2026-09-14T02:39:05.000Z' },
      'resolved',
      '2026-09-14T02:39:05.000Z',
    );
    const page = await text(kept, over);
    expect(page).toContain('This is over since');
    expect(/<h1>([^<]*)/.exec(page)?.[1]).toContain('points at a port');
    expect(titles(page)).toContain('Before and after');
    expect(page).toContain('2 of 2 members healthy');
    // Any reading can be looked at by its name.
    expect(await text(kept, over, '?reading=20260914T023900000Z')).toContain('No trouble was found');
    expect(await text(kept, over, '?reading=../../x')).toContain('points at a port');
  });

  test('a reading that is gone does not take the page along', async () => {
    const { kept, one } = stocked();
    for (const path of [...kept.documents.keys()]) if (path.includes('/2026')) kept.documents.delete(path);
    const page = await ask(createWebApp(kept.ports), `/api/web/incidents/${one.id}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('pool-orders');
  });

  test('every cause has its place on the map, and no other', () => {
    expect([...placedCauses].sort()).toEqual(rules.map(({ id }) => id).sort());
  });
});

describe('a gateway with 40 pools and 400 members', () => {
  const pools = Array.from({ length: 40 }, (_, pool) => `pool-${pool}`);
  const addresses = (pool: number) => Array.from({ length: 10 }, (_, member) => `10.1.${pool}.${member + 4}`);
  const large = () => {
    const kept = shelf();
    const gateway = gatewayJson({
      pools: Object.fromEntries(pools.map((pool, index) => [pool, addresses(index)])),
      settings: Object.fromEntries(pools.map((_, index) => [`http-${index}`, { port: 8080 }])),
      routes: pools.map((pool, index) => [pool, `http-${index}`] as const),
    });
    const text =
      'Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server.';
    const health = backendHealthJson(
      Object.fromEntries(
        pools.map((pool, index) => [
          `${pool}~http-${index}`,
          addresses(index).map((address) => [address, 'Unhealthy', text] as const),
        ]),
      ),
    );
    const one = kept.read(incident(), [ok('backend-health', health), ok('gateway', gateway)], NOW);
    return { kept, one };
  };

  test('reads well: bounded, the first ways drawn, the members folded', async () => {
    const { kept, one } = large();
    const startedAt = performance.now();
    const { text, status } = await ask(createWebApp(kept.ports), `/api/web/incidents/${one.id}`);
    process.stderr.write(
      `40 pools and 400 members: ${(performance.now() - startedAt).toFixed(0)} ms, ${text.length} characters\n`,
    );
    expect(status).toBe(200);
    expect(text.length).toBeLessThan(600_000);
    expect(text).toContain('40 of 40 ways through the gateway fail');
    expect((text.match(/<svg/g) ?? []).length).toBe(2);
    expect((text.match(/<rect/g) ?? []).length).toBeLessThan(80);
    expect(text).toMatch(/pool-0~http-0<\/bdi>: 10 of 10 members not healthy/);
  });

  test('ten thousand members are counted, and not spelled out', async () => {
    const kept = shelf();
    const health = backendHealthJson({
      'pool-a~http-a': Array.from(
        { length: 10_000 },
        (_, member) => [`10.${member >> 16}.${(member >> 8) & 255}.${member & 255}`, 'Unhealthy', 'x'] as const,
      ),
    });
    const one = kept.read(incident(), [ok('backend-health', health)], NOW);
    const { text } = await ask(createWebApp(kept.ports), `/api/web/incidents/${one.id}`);
    expect(text.length).toBeLessThan(300_000);
    expect(text).toContain('10000 of 10000 members not healthy');
  });
});

describe('the list', () => {
  const other = (index: number, changes: Partial<Incident> = {}): Incident =>
    incident({
      id: `${String(index).padStart(16, '0')}-0a1b2c3d4e`,
      gatewayId: incident().gatewayId.replace('agw-shop-weu', `agw-${index}`),
      findings: [
        {
          pool: 'pool-a',
          setting: 'http-a',
          causes: [{ cause: 'certificate-expired', verdict: 'confirmed' }],
          down: ['10.0.0.4'],
          total: 2,
          firstAt: NOW,
          lastAt: NOW,
        },
      ],
      ...changes,
    });

  test('shows one cause at several gateways as one thing', async () => {
    const kept = shelf();
    kept.incidents.push(
      other(1),
      other(2),
      other(3),
      other(4, { state: 'resolved', resolvedAt: NOW }),
      other(5, { isTest: true }),
    );
    const { text } = await ask(createWebApp(kept.ports), '/api/web/');
    expect(text).toContain('</strong> at 3 gateways');
  });

  test('is narrowed by plain forms', async () => {
    const kept = shelf();
    kept.incidents.push(
      other(1),
      other(2, { severity: 'critical' }),
      other(3, { state: 'resolved', resolvedAt: NOW }),
      incident(),
    );
    const app = createWebApp(kept.ports);
    const ids = async (query: string) => {
      const { text } = await ask(app, `/api/web/?${query}`);
      return [...text.matchAll(/<a class="title" href="\/api\/web\/incidents\/([^"]*)"/g)].map(([, id]) =>
        id?.slice(0, 16).replace(/^0+/, ''),
      );
    };
    expect(await ids('')).toEqual(['1', '2', '123456789abcdef', '3']);
    expect(await ids('state=ongoing&severity=&cause=&gateway=')).toEqual(['1', '2', '123456789abcdef']);
    expect(await ids('severity=critical')).toEqual(['2']);
    expect(await ids('cause=certificate-expired&state=resolved')).toEqual(['3']);
    expect(await ids('gateway=AGW-SHOP')).toEqual(['123456789abcdef']);
    expect(await ids('gateway=nowhere')).toEqual([]);
    // What is no filter is none, rather than an error page.
    expect(await ids('state=loud')).toHaveLength(4);
  });

  test('has pages', async () => {
    const kept = shelf();
    kept.incidents.push(...Array.from({ length: 60 }, (_, index) => other(index + 1)));
    const app = createWebApp(kept.ports);
    const first = await ask(app, '/api/web/?severity=error');
    const [, next = ''] = /href="([^"]*)" rel="next"/.exec(first.text) ?? [];
    expect(next).toContain('severity=error');
    const second = await ask(app, next.replaceAll('&amp;', '&'));
    expect(second.text).toContain('26 to 50 of 60');
    expect(second.text).toContain('rel="prev"');
  });

  test('is friendly where there is nothing', async () => {
    expect((await ask(createWebApp(shelf().ports), '/api/web')).text).toContain('No incident yet.');
  });
});

describe('what comes from outside stays text', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    '\u202egnp.exe\u2066',
    '&lt;b&gt;',
    '</title></textarea></style>',
    'x'.repeat(3_000),
    '{{7*7}}',
    '\u0000\u001b[31m',
  ].join(' ');

  test('on the page, in the list and in the plot', async () => {
    const kept = shelf();
    const gateway = gatewayJson({
      pools: { [HOSTILE]: ['10.0.0.4'] },
      settings: { [HOSTILE]: { port: 80, probe: HOSTILE } },
      probes: { [HOSTILE]: { path: HOSTILE, host: HOSTILE } },
      routes: [[HOSTILE, HOSTILE, [HOSTILE]]],
      listenerHosts: [HOSTILE],
    });
    const evidence = [
      ok(
        'backend-health',
        backendHealthJson({
          [`${HOSTILE}~${HOSTILE}`]: [[HOSTILE, 'Unhealthy', `Cannot connect to backend server. ${HOSTILE}`]],
        }),
      ),
      ok('gateway', gateway),
      failed('metrics', HOSTILE),
    ];
    let one = kept.read(
      incident({ timeline: [{ at: HOSTILE, event: HOSTILE, reason: HOSTILE }], openedAt: HOSTILE }),
      evidence,
      NOW,
    );
    const [report] = [...kept.documents].filter(([path]) => path.endsWith('diagnosis.json'));
    const change = {
      outcome: 'named',
      change: {
        at: HOSTILE,
        what: HOSTILE,
        by: HOSTILE,
        property: HOSTILE,
        before: HOSTILE,
        after: HOSTILE,
        minutesBefore: 1,
        sentence: HOSTILE,
      },
    };
    const verdict = {
      cause: 'wrong-backend-port',
      verdict: 'confirmed',
      scope: { pool: HOSTILE, setting: HOSTILE, members: [HOSTILE] },
      because: [{ evidence: HOSTILE, quote: HOSTILE, says: HOSTILE }],
      missing: [{ read: HOSTILE, command: HOSTILE }],
      fix: [{ text: HOSTILE, command: HOSTILE, undo: HOSTILE }],
    };
    const hostileReport = {
      ...(report?.[1] as object),
      impact: HOSTILE,
      ended: HOSTILE,
      change,
      verdicts: [
        verdict,
        { ...verdict, cause: HOSTILE },
        { ...verdict, cause: `${HOSTILE}2`, verdict: 'possible' },
        { ...verdict, cause: `${HOSTILE}3`, verdict: 'ruled-out' },
      ],
      rounds: [{ number: 2, asked: [{ evidence: HOSTILE, causes: [HOSTILE] }], changed: [HOSTILE] }],
    };
    kept.documents.set(report?.[0] ?? '', hostileReport);
    one = {
      ...one,
      findings: [
        {
          pool: HOSTILE,
          setting: HOSTILE,
          causes: [{ cause: HOSTILE, verdict: 'likely' }],
          down: [HOSTILE],
          firstAt: NOW,
          lastAt: NOW,
        },
      ],
      state: 'recovering',
    };
    kept.incidents[0] = one;
    const app = createWebApp(kept.ports);
    for (const path of [
      `/api/web/incidents/${one.id}`,
      '/api/web/',
      `/api/web/?gateway=${encodeURIComponent(HOSTILE.slice(0, 200))}`,
    ]) {
      const { text, status } = await ask(app, path);
      expect(status).toBe(200);
      expect(text).toContain('alert(1)');
      expect(text).not.toMatch(/<script>|<img src=x|<svg\/onload|<b>|<\/textarea>/);
      for (const character of ['\u202e', '\u2066', '\u001b', '\u0000']) expect(text.includes(character)).toBe(false);
      expect(text.length).toBeLessThan(400_000);
    }
  });

  test('a pool’s name in the drawing is escaped', async () => {
    const { plotSvg } = await import('../src/web/plot/svg.ts');
    const points = [
      [0, 1],
      [60_000, 0],
    ] as const;
    const svg = plotSvg(
      {
        from: 0,
        to: 60_000,
        hosts: {
          title: '<script>alert(1)</script>"\'&',
          place: '</text><image href=x>',
          lines: [{ name: '<b>', points }],
        },
        marks: [{ kind: 'alert', label: '<i>alert</i>', at: 30_000 }],
      },
      { theme: 'dark', size: 'wide' },
    );
    expect(svg).not.toMatch(/<script|<image|<b>|<i>/);
    expect(svg).toContain('&lt;script&gt;');
  });
});

describe('the JSON API', () => {
  interface Operation {
    readonly responses: Readonly<
      Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
    >;
  }
  interface Document {
    readonly openapi: string;
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, object>> };
  }

  let app: WebApp;
  let kept: Shelf;
  let document: Document;
  let check: (path: string, method: string, status: number, body: string) => void;
  const asked = new Set<string>();

  beforeAll(async () => {
    ({ app, kept } = stocked());
    document = JSON.parse((await ask(app, '/api/web/openapi.json')).text) as Document;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: document.components });
    check = (path, method, status, body) => {
      asked.add(`${method} ${path}`);
      const response = document.paths[path]?.[method]?.responses[status];
      if (!response) throw new Error(`${method} ${path} does not document ${status}: ${body.slice(0, 200)}`);
      const schema = response.content?.['application/json']?.schema;
      if (!schema) return expect(body).toBe('');
      const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object);
      const valid = validate(JSON.parse(body));
      expect({ path, errors: validate.errors, valid }).toEqual({ path, errors: null, valid: true });
    };
  });

  test('answers as it is documented, and every documented route was asked', async () => {
    const id = incident().id;
    const json = { ...KEY, 'content-type': 'application/json' };
    const calls: readonly (readonly [string, string, string, number, Asked?])[] = [
      ['get', '/v1/incidents', '/v1/incidents', 200],
      ['get', '/v1/incidents', '/v1/incidents?state=open&severity=error&gateway=shop&limit=1&offset=0', 200],
      ['get', '/v1/incidents', '/v1/incidents?limit=100000', 400],
      ['get', '/v1/incidents', '/v1/incidents?state=loud', 400],
      ['get', '/v1/incidents/{id}', `/v1/incidents/${id}`, 200],
      ['get', '/v1/incidents/{id}', '/v1/incidents/ffffffffffffffff-0', 404],
      ['get', '/v1/incidents/{id}', '/v1/incidents/..%2f..%2fx', 400],
      ['get', '/v1/incidents/{id}/diagnosis', `/v1/incidents/${id}/diagnosis`, 200],
      ['get', '/v1/incidents/{id}/diagnosis', `/v1/incidents/${id}/diagnosis?reading=20260914T021300000Z`, 200],
      ['get', '/v1/incidents/{id}/diagnosis', `/v1/incidents/${id}/diagnosis?reading=20200101T000000000Z`, 404],
      ['get', '/v1/incidents/{id}/diagnosis', `/v1/incidents/${id}/diagnosis?reading=../x`, 400],
      ['get', '/v1/incidents/{id}/snapshot', `/v1/incidents/${id}/snapshot`, 200],
      ['get', '/v1/incidents/{id}/snapshot', '/v1/incidents/none/snapshot', 404],
      ['get', '/v1/incidents/{id}/snapshot/{evidence}', `/v1/incidents/${id}/snapshot/gateway`, 200],
      ['get', '/v1/incidents/{id}/snapshot/{evidence}', `/v1/incidents/${id}/snapshot/firewall-log`, 200],
      ['get', '/v1/incidents/{id}/snapshot/{evidence}', `/v1/incidents/${id}/snapshot/diagnosis`, 404],
      ['get', '/v1/incidents/{id}/snapshot/{evidence}', `/v1/incidents/${id}/snapshot/..%2fnotification-1`, 400],
      [
        'post',
        '/v1/silences',
        '/v1/silences',
        201,
        { method: 'POST', headers: json, body: { minutes: 60, reason: 'deployment', pool: 'pool-orders' } },
      ],
      [
        'post',
        '/v1/silences',
        '/v1/silences',
        400,
        { method: 'POST', headers: json, body: { minutes: 0, reason: 'deployment' } },
      ],
      [
        'post',
        '/v1/silences',
        '/v1/silences',
        400,
        { method: 'POST', headers: json, body: { minutes: 5, reason: '  ' } },
      ],
      [
        'post',
        '/v1/silences',
        '/v1/silences',
        400,
        { method: 'POST', headers: json, body: { minutes: 5, reason: 'x', gateway: 'everything' } },
      ],
      [
        'post',
        '/v1/silences',
        '/v1/silences',
        400,
        { method: 'POST', headers: json, body: { minutes: 5, reason: 'x', forever: true } },
      ],
      ['post', '/v1/silences', '/v1/silences', 400, { method: 'POST', headers: json, body: '{"minutes":' }],
      [
        'post',
        '/v1/silences',
        '/v1/silences',
        415,
        { method: 'POST', headers: { ...KEY, 'content-type': 'text/plain' }, body: '{"minutes":5,"reason":"x"}' },
      ],
      ['get', '/v1/silences', '/v1/silences', 200],
      ['delete', '/v1/silences/{id}', '/v1/silences/nobody', 404, { method: 'DELETE' }],
      ['delete', '/v1/silences/{id}', '/v1/silences/a1b2c3d4', 204, { method: 'DELETE' }],
    ];
    for (const [method, path, url, status, how] of calls) {
      const { status: got, text } = await ask(app, `/api/web${url}`, how);
      expect({ url, got }).toEqual({ url, got: status });
      check(path, method, status, text);
    }
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect([...asked].sort()).toEqual(documented.sort());
    expect(document.openapi).toMatch(/^3\.1/);
  });

  test('a silence says who made it, how long it lasts, and is over when it is ended', async () => {
    const headers = { ...KEY, 'content-type': 'application/json' };
    const made = await ask(app, '/api/web/v1/silences', {
      method: 'POST',
      headers,
      body: { minutes: 90, reason: ' deployment ' },
    });
    expect(JSON.parse(made.text)).toEqual({
      id: 'a1b2c3d4',
      from: NOW,
      until: '2026-09-14T04:10:00.000Z',
      author: 'a holder of the key',
      reason: 'deployment',
    });
    expect(kept.silences).toHaveLength(1);
    await ask(app, '/api/web/v1/silences/a1b2c3d4', { method: 'DELETE' });
    expect(kept.silences).toHaveLength(0);
  });

  test('the bundle is a folder of the raw bodies', async () => {
    const { answer, headers } = await ask(app, `/api/web/incidents/${incident().id}/snapshot.zip`);
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[0-9a-zA-Z-]+\.zip"$/);
    const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    const names = Object.keys(files).map((name) => name.split('/')[1]);
    expect(names.sort()).toEqual([
      'access-log.json',
      'backend-health.json',
      'diagnosis.json',
      'gateway.json',
      'metrics.json',
      'resource-health.json',
      'snapshot.json',
    ]);
    const [gateway] = Object.entries(files).filter(([name]) => name.endsWith('/gateway.json'));
    const stored = [...kept.documents].find(([path]) => path.endsWith('/gateway.json'));
    expect(JSON.parse(strFromU8(gateway?.[1] ?? new Uint8Array()))).toEqual(stored?.[1]);
  });
});
