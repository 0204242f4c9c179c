import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import type { Incident } from '../src/core/incident.ts';
import { createBoardApp } from '../src/local/board/app.ts';
import { type ServedBoard, startBoard } from '../src/local/board/board.ts';
import type { Run, RunState } from '../src/local/board/run.ts';
import { type Served, serve } from '../src/local/board/serve.ts';
import { readAsset } from '../src/platform/web-assets.ts';
import { type ScenarioName, scenarioNamed, scenarios } from '../src/simulator/scenarios/index.ts';
import { executablePath, inBrowser } from './browser.ts';

/**
 * The drill board in a real browser, played by clicks. BOARD_DRILLS=all plays every drill to its end, which takes about
 * twenty minutes on two cores; otherwise a few of different kinds are. Without a browser these tests are skipped, but
 * not in CI, where one has to be there.
 */

const require = createRequire(import.meta.url);
const HOSTILE = `<script>window.hit=1</script>"><img src=x onerror="window.hit=1">\u202egnp ${'long'.repeat(120)}`;
const PHONE = { width: 360, height: 740 };
/** Everything that a drill takes on the slowest machine: the build, the start, the reading and the recovery. */
const PLAY_MS = 280_000;

/** What only the test of one drill knows, in the shape of a run. */
function pretend(changes: Partial<RunState>): RunState {
  const incident: Incident = {
    id: '0123456789abcdef-0a',
    gatewayId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGateways/gw',
    state: 'open',
    severity: 'error',
    isTest: false,
    openedAt: '2026-09-14T02:00:00.000Z',
    updatedAt: '2026-09-14T02:00:00.000Z',
    signals: [],
    findings: [],
    investigations: 1,
    revision: 1,
    outbox: [],
    reached: [],
    timeline: [{ at: '2026-09-14T02:00:00.000Z', event: 'resolved', reason: HOSTILE }],
  };
  const message = { at: '2026-09-14T02:00:00.000Z', outcome: 'accepted' as const, status: 200, bytes: 1 };
  const card = {
    type: 'AdaptiveCard',
    version: '1.5',
    body: [
      { type: 'TextBlock', text: HOSTILE, wrap: true },
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: HOSTILE }] },
    ],
    actions: [{ type: 'Action.OpenUrl', title: HOSTILE, url: 'javascript:window.hit=1' }],
  };
  return {
    scenario: 'wrong-port',
    mode: 'watch',
    phase: 'named',
    up: ['storage', 'simulator', 'build', 'host'],
    hostUrl: 'http://127.0.0.1:1',
    gateway: HOSTILE,
    asked: [{ endpoint: 'backend-health', times: 2 }],
    world: [
      { minute: -1, requests: 60, failed: 30, healthy: 1, members: 2 },
      { minute: 0, requests: 61, failed: 0, healthy: 2, members: 2 },
    ],
    mendedAtMinute: 0,
    incident,
    report: {
      established: true,
      headline: HOSTILE,
      healthy: false,
      verdicts: [
        {
          cause: 'probe-needs-auth',
          verdict: 'confirmed',
          scope: { pool: HOSTILE, setting: HOSTILE, members: [HOSTILE] },
          because: [],
          missing: [],
          fix: [{ text: HOSTILE, command: `az network ${HOSTILE}` }],
        },
      ],
      evidence: [],
      impact: HOSTILE,
      change: { outcome: 'none', reason: HOSTILE },
      rounds: [],
      ended: HOSTILE,
    },
    steps: [
      {
        evidence: 'backend-health',
        parts: 1,
        state: 'ok',
        asked: HOSTILE,
        fell: [HOSTILE],
        moved: [{ cause: HOSTILE, from: 'possible', to: 'confirmed' }],
        standing: 1,
        best: { cause: 'probe-needs-auth', verdict: 'confirmed' },
        raw: [{ tables: [{ columns: [{ name: HOSTILE }], rows: [[HOSTILE]] }] }],
        readings: { evidence: [] },
      },
      {
        evidence: HOSTILE,
        parts: 2,
        state: 'failed',
        reason: HOSTILE,
        fell: [],
        moved: [],
        standing: 1,
        raw: [],
        readings: { evidence: [] },
      },
    ],
    isJudged: true,
    decisive: 0,
    arrivals: [
      {
        ...message,
        receiver: 'slack',
        body: {
          blocks: [
            { type: 'section', text: { text: HOSTILE } },
            { type: 'header', text: { text: HOSTILE } },
          ],
        },
      },
      { ...message, receiver: 'teams', body: { attachments: [{ content: card }] } },
      {
        ...message,
        receiver: 'pagerduty',
        body: {
          event_action: 'trigger',
          payload: { summary: HOSTILE, severity: HOSTILE, source: HOSTILE, custom_details: { [HOSTILE]: HOSTILE } },
          links: [{ href: 'javascript:window.hit=1', text: HOSTILE }],
        },
      },
    ],
    rehearsal: { seen: 0 },
    ...changes,
  };
}

inBrowser('the drill board', () => {
  let browser: Browser;
  let showcase: Served;
  let shown: RunState | undefined;
  let asked: string[] = [];

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error('CI has to have a Chromium.');
    const note = (what: string) => async () => void asked.push(what);
    const run: Run = {
      state: () => shown ?? pretend({}),
      onChange: () => () => {},
      mend: () => void asked.push('mend'),
      lookAgain: note('look'),
      reveal: () => void asked.push('reveal'),
      answer: (cause) => void asked.push(cause),
      stop: note('stop'),
      settled: new Promise(() => {}),
    };
    const app = createBoardApp({
      board: {
        run: () => (shown ? run : undefined),
        start: (scenario, mode) => {
          shown = pretend({ scenario, mode });
          return run;
        },
        pick: () => 'probe-auth',
        onChange: () => () => {},
        stop: async () => {},
      },
      readFile: readAsset,
      cards: readFileSync(require.resolve('adaptivecards/dist/adaptivecards.min.js'), 'utf8'),
    });
    showcase = await serve(app, 0);
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await showcase?.close();
  });

  async function open(
    url: string,
    options: BrowserContextOptions,
    look: (page: Page, complaints: readonly string[]) => Promise<void>,
  ) {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(url, { waitUntil: 'load' });
      await look(page, complaints);
    } finally {
      await context.close();
    }
  }

  const seen = { seen: 2 };
  const answered = {
    ...seen,
    answer: 'probe-needs-auth',
    tookMs: 61_000,
    score: { isRight: true, points: 99, forReading: 20, forTime: 19 },
  };
  const views: readonly (readonly [string, string, RunState | undefined])[] = [
    ['all drills', '', undefined],
    ['a drill that nobody plays', '/wrong-port', undefined],
    ['a drill that starts', '/wrong-port', pretend({ phase: 'starting', up: ['storage'], world: [], steps: [] })],
    ['a drill with its cause', '/wrong-port', pretend({})],
    ['a drill that is over', '/wrong-port', pretend({ phase: 'resolved' })],
    ['a drill that was stopped', '/wrong-port', pretend({ phase: 'stopped' })],
    ['a drill that was lost', '/wrong-port', pretend({ phase: 'failed', problem: HOSTILE })],
    ['a rehearsal', '/rehearsal', pretend({ mode: 'rehearsal', rehearsal: seen })],
    ['a rehearsal with its score', '/rehearsal', pretend({ mode: 'rehearsal', rehearsal: answered })],
  ];
  const at = async (view: (typeof views)[number], options: BrowserContextOptions, look: Parameters<typeof open>[2]) => {
    const [, path, state] = view;
    shown = state;
    asked = [];
    await open(`${showcase.url}/board${path}`, options, look);
  };
  const byName = views.map((view) => [view[0], view] as const);

  test('has a card for every drill, and leads to each', async () => {
    await at(['', '', undefined], {}, async (page) => {
      for (const { name, title } of scenarios) {
        expect(await page.locator(`#card-${name} h3`).textContent()).toBe(title);
        expect(await page.locator(`#card-${name} a.play`).getAttribute('href')).toBe(`/board/${name}`);
      }
      await page.click('#card-empty-pool a.play');
      expect(await page.locator('h1').textContent()).toBe(scenarioNamed('empty-pool').title);
    });
  });

  test.each(byName)('%s fits a phone without scrolling sideways', async (_name, view) => {
    await at(view, { viewport: PHONE }, async (page, complaints) => {
      await unfold(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width);
      expect(complaints).toEqual([]);
    });
  });

  const schemes = byName.flatMap(([name, view]) =>
    (['light', 'dark'] as const).map((scheme) => [name, scheme, view] as const),
  );
  test.each(schemes)('%s, %s, passes the accessibility checks', async (_name, colorScheme, view) => {
    await at(view, { colorScheme, viewport: { width: 1_100, height: 900 } }, async (page) => {
      await unfold(page);
      expect(await axe(page)).toEqual([]);
    });
  });

  test.each(byName)('%s: hostile strings stay text', async (_name, view) => {
    await at(view, {}, async (page, complaints) => {
      await unfold(page);
      expect(await page.evaluate('window.hit')).toBeUndefined();
      expect(await page.locator('img[src="x"], a[href^="javascript"]').count()).toBe(0);
      expect(complaints).toEqual([]);
    });
  });

  test('messages look as their services show them', async () => {
    await at(views[3] ?? ['', '', undefined], {}, async (page) => {
      expect(await page.locator('.adaptive .ac-adaptiveCard').count()).toBe(1);
      expect(await textOf(page.locator('.adaptive .ac-adaptiveCard'))).toContain('<script>window.hit=1</script>');
      expect(await textOf(page.locator('.slack .head'))).toContain('<script>');
      expect(await textOf(page.locator('.pagerduty .pill'))).toBe('Triggered');
    });
  });

  test('without a script everything is there, and buttons work', async () => {
    await at(views[3] ?? ['', '', undefined], { javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('#readings li').count()).toBe(2);
      expect(await textOf(page.locator('.card-json'))).toContain('AdaptiveCard');
      await page.click('#do-mend');
      expect(new URL(page.url()).pathname).toBe('/board/wrong-port');
      expect(asked).toEqual(['mend']);
    });
  });

  test('a rehearsal holds nothing that gives its answer away', async () => {
    await at(views[7] ?? ['', '', undefined], {}, async (page) => {
      const html = String(
        await page.evaluate('document.documentElement.outerHTML.replace(/<select[\\s\\S]*?<.select>/, "")'),
      );
      expect(html).not.toContain('probe-needs-auth');
      expect(html).not.toContain('wrong-port');
      expect(html).not.toContain(scenarioNamed('wrong-port').title);
      const events = await page.evaluate(
        `fetch('/board/rehearsal/events').then(async ({ body }) => new TextDecoder().decode((await body.getReader().read()).value).replace(/<select.*?<.select>/, ''))`,
      );
      expect(String(events)).toContain('event: parts');
      expect(String(events)).not.toContain('probe-needs-auth');
    });
  });

  test('everything that can be used is reached by the keyboard alone, and is seen to be', async () => {
    await at(views[3] ?? ['', '', undefined], { viewport: { width: 1_000, height: 900 } }, async (page) => {
      const usable = 'a[href]:visible, button:visible, summary:visible, select:visible';
      const wanted = await page.locator(usable).count();
      const reached = new Set<unknown>();
      for (let step = 0; step < wanted * 2 + 12; step += 1) {
        await page.keyboard.press('Tab');
        const [index, outline] = (await page.evaluate(
          `(() => { const at = document.activeElement; return [[...document.querySelectorAll('a[href], button, summary, select')].indexOf(at), getComputedStyle(at).outlineStyle] })()`,
        )) as [number, string];
        if (index < 0) continue;
        reached.add(index);
        expect(outline).not.toBe('none');
      }
      expect(reached.size).toBe(wanted);
      await page.locator('#do-mend').focus();
      await Promise.all([
        page.waitForResponse((response) => response.url().endsWith('/mend')),
        page.keyboard.press('Enter'),
      ]);
      expect(asked).toEqual(['mend']);
    });
  });

  describe('its door', () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${showcase.url}/board/wrong-port/start`, { method: 'POST', headers, redirect: 'manual' });

    test('takes forms of its own pages alone', async () => {
      shown = undefined;
      expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
      expect((await post({ origin: 'null' })).status).toBe(403);
      expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      expect(shown).toBeUndefined();
      expect((await post({ origin: showcase.url })).status).toBe(303);
      expect(shown).toBeDefined();
    });

    test('answers to the names of this machine alone', async () => {
      const { request } = await import('node:http');
      const status = (host: string) =>
        new Promise((resolve, reject) => {
          request(`${showcase.url}/board`, { headers: { host } }, (answer) => resolve(answer.resume().statusCode))
            .on('error', reject)
            .end();
        });
      expect(await status('board.evil.example')).toBe(403);
      expect(await status('127.0.0.1.evil.example')).toBe(403);
      expect(await status('a b')).toBe(400);
      expect(await status(`localhost:${new URL(showcase.url).port}`)).toBe(200);
    });

    test('has a strict policy, and knows no other drills', async () => {
      const answer = await fetch(`${showcase.url}/board`);
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
      expect((await fetch(`${showcase.url}/board/constructor`)).status).toBe(404);
      expect((await fetch(`${showcase.url}/board/nothing/events`)).status).toBe(404);
      const large = { method: 'POST', body: 'x'.repeat(50_000), headers: { origin: showcase.url } };
      const status = await fetch(`${showcase.url}/board/rehearsal/answer`, large).then(
        (refused) => refused.status,
        () => 400,
      );
      expect(status).toBe(400);
    });
  });

  describe('played by clicks', () => {
    let served: ServedBoard;
    const some: readonly ScenarioName[] = ['wrong-port', 'all-healthy', 'platform-trouble'];
    const chosen = process.env.BOARD_DRILLS === 'all' ? scenarios.map(({ name }) => name) : some;

    beforeAll(async () => {
      served = await startBoard({ stepMs: 0 });
    });
    afterAll(() => served?.stop(), 60_000);

    test.each(chosen.map((name) => [name]))(
      '%s, to its recovery',
      async (name) => {
        await open(`${served.url}`, { viewport: { width: 1_100, height: 900 } }, async (page, complaints) => {
          page.setDefaultTimeout(PLAY_MS);
          await page.click(`#card-${name} a.play`);
          await page.click('#do-start');
          const over = page.locator('.course .done', { hasText: /Over done$/ });
          const [mend, look] = [page.locator('#do-mend'), page.locator('#do-look')];
          // What was well when it was read is over by itself; all else is mended, and looked at twice.
          while ((await over.count()) === 0) {
            await mend.or(look).or(over).first().waitFor();
            for (const button of [mend, look]) await button.click({ timeout: 500 }).catch(() => {});
          }
          const state = served.board.run()?.state();
          expect(state?.incident?.state).toBe('resolved');
          const { expected } = scenarioNamed(name);
          if (expected.established) expect(await page.locator('#answer h3').allTextContents()).not.toEqual([]);
          if (state?.arrivals.length)
            expect(await page.locator('.adaptive .ac-adaptiveCard').count()).toBeGreaterThan(0);
          expect(complaints.filter((each) => !/ERR_(CONNECTION|INCOMPLETE)/.test(each))).toEqual([]);
        });
      },
      PLAY_MS,
    );

    test(
      'a rehearsal by the keyboard alone is scored, and giving up stops everything',
      async () => {
        await open(`${served.url}`, { viewport: { width: 1_100, height: 900 } }, async (page) => {
          page.setDefaultTimeout(PLAY_MS);
          await page.locator('#card-probe-auth button').focus();
          await page.keyboard.press('Enter');
          await page.locator('#do-reveal').focus();
          while (!(await textOf(page.locator('.evidence'))).includes('401')) {
            const before = await page.locator('.evidence > li').count();
            await page.locator('#do-reveal').focus();
            await page.keyboard.press('Enter');
            await page.locator('.evidence > li').nth(before).waitFor();
          }
          await page.locator('#cause-said').focus();
          await page.keyboard.type('The probe asks for a path that demands');
          await page.locator('#do-answer').focus();
          await page.keyboard.press('Enter');
          expect(Number.parseInt(await textOf(page.locator('.points')), 10)).toBeGreaterThanOrEqual(80);
          expect(await textOf(page.locator('#score'))).toMatch(/The decisive reading was number \d+, backend-health/);
          const host = served.board.run()?.state().hostUrl ?? '';
          await page.click('#do-stop');
          await page.locator('#problem .notice').waitFor();
          expect(await textOf(page.locator('#problem'))).toContain('The drill was stopped');
          await served.board.run()?.stop();
          await expect(fetch(host)).rejects.toThrow();
        });
      },
      PLAY_MS,
    );
  });
});

async function textOf(place: Locator): Promise<string> {
  return (await place.first().textContent()) ?? '';
}

async function unfold(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => {
    for (const each of all) each.setAttribute('open', '');
  });
}

async function axe(page: Page): Promise<unknown> {
  // The policy of the page forbids foreign scripts, so the checks run in a world of their own.
  const client = await page.context().newCDPSession(page);
  const { frameTree } = await client.send('Page.getFrameTree');
  const world = await client.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const contextId = world.executionContextId;
  const source = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  await client.send('Runtime.evaluate', { expression: source, contextId });
  const run = await client.send('Runtime.evaluate', {
    expression:
      "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + ' ' + node.failureSummary)])))",
    contextId,
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(String(run.result.value));
}
