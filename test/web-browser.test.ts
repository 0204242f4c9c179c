import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { backendHealthJson, gatewayJson } from '../src/causes/case.ts';
import type { Incident } from '../src/core/incident.ts';
import { createWebApp } from '../src/web/app.ts';
import { executablePath, inBrowser } from './browser.ts';
import { incident, LINK_SECRET, linkPath, NOW, ok, shelf, wrongPort } from './web-incidents.ts';

/** The pages in a real browser. Without one these tests are skipped, but not in CI, where one has to be there. */

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const HOSTILE = `<script>window.hit=1</script>"><img src=x onerror="window.hit=1">\u202egnp ${'long'.repeat(200)}`;
/** What a reader sees, without what is folded. */
const SHOWN_TEXT = "document.querySelector('main').innerText";
const PHONE = { width: 360, height: 740 };

inBrowser('in Chromium', () => {
  let browser: Browser;
  let server: Server;
  let origin: string;
  const pages: Record<string, string> = {};

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error('CI has to have a Chromium.');
    const kept = shelf({ WEB_OPEN: 'loopback', LINK_SECRET });
    const of = (changes: Partial<Incident>) => incident(changes);
    const plain = kept.tell(
      kept.read(of({}), wrongPort(), '2026-09-14T02:13:00.000Z'),
      'opened',
      '2026-09-14T02:13:05.000Z',
    );
    const hostile = kept.read(
      of({ id: '1123456789abcdef-0a', timeline: [{ at: NOW, event: HOSTILE, reason: HOSTILE }] }),
      [
        ok(
          'backend-health',
          backendHealthJson({
            [`${HOSTILE}~${HOSTILE}`]: [[HOSTILE, 'Unhealthy', `Cannot connect to backend server. ${HOSTILE}`]],
          }),
        ),
        ok(
          'gateway',
          gatewayJson({
            pools: { [HOSTILE]: ['10.0.0.4'] },
            settings: { [HOSTILE]: { probe: HOSTILE } },
            probes: { [HOSTILE]: { path: HOSTILE } },
            routes: [[HOSTILE, HOSTILE, [HOSTILE]]],
          }),
        ),
      ],
      NOW,
    );
    const places = Array.from({ length: 40 }, (_, pool) => `pool-${pool}`);
    const members = (pool: number) => Array.from({ length: 10 }, (_, member) => `10.1.${pool}.${member + 4}`);
    const large = kept.read(
      of({ id: '2123456789abcdef-0a' }),
      [
        ok(
          'backend-health',
          backendHealthJson(
            Object.fromEntries(
              places.map((pool, index) => [
                `${pool}~http-${index}`,
                members(index).map((address) => [address, 'Unhealthy', 'Cannot connect to backend server.'] as const),
              ]),
            ),
          ),
        ),
        ok(
          'gateway',
          gatewayJson({
            pools: Object.fromEntries(places.map((pool, index) => [pool, members(index)])),
            settings: Object.fromEntries(places.map((_, index) => [`http-${index}`, {}])),
            routes: places.map((pool, index) => [pool, `http-${index}`] as const),
          }),
        ),
      ],
      NOW,
    );
    const waiting = of({ id: '3123456789abcdef-0a' });
    kept.incidents.push(waiting);
    Object.assign(pages, {
      'an incident': `/api/web/incidents/${plain.id}`,
      'an incident, by its link': linkPath(plain.id),
      'hostile names': `/api/web/incidents/${hostile.id}`,
      '40 pools and 400 members': `/api/web/incidents/${large.id}`,
      'an incident that is being read': `/api/web/incidents/${waiting.id}`,
      'the list': '/api/web/',
      'nothing there': '/api/web/incidents/nothing',
    });
    const app = createWebApp(kept.ports);
    server = createServer(async (request, response) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]);
      const answer = await app(new Request(`http://${request.headers.host}${request.url}`, { headers }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  });

  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  async function open(
    name: string,
    options: BrowserContextOptions,
    look: (page: Page, complaints: string[]) => Promise<void>,
  ) {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        const isExpected = name === 'nothing there' && message.text().includes('404');
        if (['error', 'warning'].includes(message.type()) && !isExpected) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${origin}${pages[name]}`, { waitUntil: 'load' });
      await look(page, complaints);
    } finally {
      await context.close();
    }
  }

  const names = [
    'an incident',
    'an incident, by its link',
    'hostile names',
    '40 pools and 400 members',
    'an incident that is being read',
    'the list',
    'nothing there',
  ];

  const unfold = (page: Page) =>
    page.locator('details').evaluateAll((all) => {
      for (const each of all) each.setAttribute('open', '');
    });

  test.each(names)('%s fits a phone without scrolling sideways, folded and unfolded', async (name) => {
    await open(name, { viewport: PHONE }, async (page, complaints) => {
      const width = () => page.evaluate('document.documentElement.scrollWidth');
      expect(await width()).toBeLessThanOrEqual(PHONE.width);
      await unfold(page);
      expect(await width()).toBeLessThanOrEqual(PHONE.width);
      expect(complaints).toEqual([]);
    });
  });

  const looks = names.flatMap((name) => (['light', 'dark'] as const).map((scheme) => [name, scheme] as const));

  test.each(looks)('%s, %s, passes the accessibility checks', async (name, colorScheme) => {
    await open(name, { colorScheme, viewport: { width: 1_000, height: 900 } }, async (page) => {
      await unfold(page);
      // The policy of the page forbids foreign scripts, so the checks run in a world of their own.
      const client = await page.context().newCDPSession(page);
      const { frameTree } = await client.send('Page.getFrameTree');
      const world = await client.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
      const { readFileSync } = await import('node:fs');
      const contextId = world.executionContextId;
      await client.send('Runtime.evaluate', { expression: readFileSync(AXE, 'utf8'), contextId });
      const run = await client.send('Runtime.evaluate', {
        expression:
          "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + ' ' + node.failureSummary)])))",
        contextId,
        awaitPromise: true,
        returnByValue: true,
      });
      expect(JSON.parse(String(run.result.value))).toEqual([]);
    });
  });

  test('everything that can be used is reached by the keyboard alone, and is seen to be', async () => {
    await open('an incident', { viewport: { width: 1_000, height: 900 } }, async (page) => {
      const wanted = await page.locator('a[href]:visible, button:visible, summary:visible').count();
      const reached = new Set<string>();
      for (let step = 0; step < wanted + 2; step += 1) {
        await page.keyboard.press('Tab');
        const here = await page.evaluate(
          `(() => { const at = document.activeElement; const all = [...document.querySelectorAll('a[href], button, summary')]; return [all.indexOf(at), getComputedStyle(at).outlineStyle] })()`,
        );
        const [index, outline] = here as [number, string];
        if (index < 0) continue;
        reached.add(String(index));
        expect(outline).not.toBe('none');
      }
      expect(reached.size).toBe(wanted);
      const first = page.locator('summary').first();
      await first.focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('details').first().getAttribute('open')).not.toBeNull();
    });
  });

  test('the skip link leads to the content', async () => {
    await open('the list', {}, async (page) => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
    });
  });

  test('a command is copied whole', async () => {
    await open('an incident', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      const button = page.locator('button[data-copy="fix-0"]');
      await button.click();
      await page.locator('button[data-copy="fix-0"]', { hasText: 'Copied' }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(await page.locator('#fix-0').textContent());
    });
  });

  test('without JavaScript nothing is missing but the copy buttons', async () => {
    const read = async (javaScriptEnabled: boolean) => {
      let text = '';
      await open('an incident', { javaScriptEnabled }, async (page) => {
        text = String(await page.evaluate(SHOWN_TEXT));
        expect(await page.locator('button[data-copy]:visible').count()).toBe(
          javaScriptEnabled ? await page.locator('button[data-copy]').count() : 0,
        );
        await page.locator('summary').first().click();
        expect(await page.locator('details').first().getAttribute('open')).not.toBeNull();
      });
      return text
        .replace(/^\s*Copy\s*$/gm, '')
        .replace(/\s+/g, ' ')
        .replaceAll(' Copy ', ' ');
    };
    expect(await read(false)).toBe(await read(true));
  });

  test('hostile names stay text', async () => {
    await open('hostile names', {}, async (page, complaints) => {
      await unfold(page);
      expect(await page.evaluate('window.hit')).toBeUndefined();
      expect(await page.locator('img[src="x"]').count()).toBe(0);
      expect(String(await page.evaluate(SHOWN_TEXT))).toContain('<script>window.hit=1</script>');
      expect(complaints).toEqual([]);
    });
  });

  test.each([
    ['light', 360],
    ['dark', 1_000],
  ] as const)('the plot is there, %s at %i pixels', async (colorScheme, width) => {
    await open('an incident, by its link', { colorScheme, viewport: { width, height: 800 } }, async (page) => {
      const image = page.locator('figure img');
      const shown = await image.evaluate((element) => {
        const { currentSrc, naturalWidth } = element as unknown as { currentSrc: string; naturalWidth: number };
        return { currentSrc, naturalWidth };
      });
      expect(shown.currentSrc).toContain(`theme=${colorScheme}&size=${width < 600 ? 'narrow' : 'wide'}`);
      expect(shown.naturalWidth).toBeGreaterThan(300);
    });
  });

  test('only one of the two maps is shown, and it has words', async () => {
    for (const width of [360, 1_000]) {
      await open('an incident', { viewport: { width, height: 800 } }, async (page) => {
        const maps = page.locator('.map svg:visible');
        expect(await maps.count()).toBe(1);
        expect(await maps.first().getAttribute('aria-label')).toContain('0 of 2 members healthy');
      });
    }
  });

  test('a printed page shows what is folded, and no buttons', async () => {
    await open('an incident', {}, async (page) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('button:visible').count()).toBe(0);
      const folded = page.locator('details .inside').first();
      expect((await folded.boundingBox())?.height).toBeGreaterThan(10);
    });
  });

  test('the list is filtered by a plain form', async () => {
    await open('the list', { javaScriptEnabled: false }, async (page) => {
      await page.selectOption('#cause', 'wrong-backend-port');
      await page.click('button[type=submit]');
      expect(new URL(page.url()).searchParams.get('cause')).toBe('wrong-backend-port');
      expect(await page.locator('a.title').count()).toBeGreaterThan(0);
      expect(await page.locator('#cause').inputValue()).toBe('wrong-backend-port');
    });
  });
});
