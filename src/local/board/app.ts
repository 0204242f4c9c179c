import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { rules } from '../../causes/index.ts';
import { isScenarioName } from '../../simulator/scenarios/index.ts';
import { isOwnRequest } from '../../web/access.ts';
import { secured } from '../../web/answers.ts';
import { assets as webAssets } from '../../web/layout/shell.ts';
import type { Board } from './board.ts';
import { BOARD, type BoardAssets, drillPage, indexPage, noRehearsalPage, problemPage, runPage } from './pages.ts';
import { partsOf, said } from './parts.ts';
import { NO_TROUBLE } from './score.ts';
import { BOARD_SCRIPT } from './script.ts';
import { BOARD_STYLE } from './style.ts';

export interface BoardAppOptions {
  readonly board: Board;
  /** A file that the pages of the product load as well. */
  readonly readFile: (name: 'inter-400.woff2' | 'inter-600.woff2') => Promise<Uint8Array>;
  /** Microsoft's renderer of Adaptive Cards; undefined where it is not installed. */
  readonly cards: string | undefined;
}

/** More pages than a person has open. */
const MOST_STREAMS = 20;
const LARGEST_FORM_BYTES = 2_000;
/** Changes that come faster are sent together. */
const GATHER_MS = 120;
const BEAT_MS = 15_000;

/**
 * The drill board, for this machine alone: it answers to the names of loopback and no other, so that no page elsewhere
 * can reach it by a name of its own, and takes forms from its own pages only.
 */
export function createBoardApp({ board, readFile, cards }: BoardAppOptions): (request: Request) => Promise<Response> {
  const style = asset('style.css', BOARD_STYLE);
  const script = asset('board.js', BOARD_SCRIPT);
  const renderer = cards === undefined ? undefined : asset('cards.js', cards);
  const shown: BoardAssets = { style: style.path, script: script.path, ...(renderer ? { cards: renderer.path } : {}) };
  const app = new Hono();
  let streams = 0;

  app.get('/', (c) => c.redirect(BOARD));
  app.get(BOARD, (c) => c.html(indexPage(shown, board.run()?.state())));

  for (const each of [style, script, ...(renderer ? [renderer] : [])]) {
    const type = each.path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
    app.get(each.path, (c) => c.body(each.text, 200, { 'content-type': type, 'cache-control': FOR_EVER }));
  }
  for (const { path, type, content } of webAssets) {
    app.get(path, async (c) => {
      const body = 'text' in content ? content.text : new Uint8Array(await readFile(content.file));
      return c.body(body, 200, { 'content-type': type, 'cache-control': FOR_EVER });
    });
  }

  app.get(`${BOARD}/:drill`, (c) => {
    const drill = c.req.param('drill');
    const run = playing(drill);
    if (run) return c.html(runPage(shown, run.state(), `${BOARD}/${drill}`));
    if (drill === REHEARSAL) return c.html(noRehearsalPage(shown));
    return isScenarioName(drill)
      ? c.html(drillPage(shown, drill, board.run()?.state()))
      : c.html(problemPage(shown, 'There is no such drill.'), 404);
  });

  app.get(`${BOARD}/:drill/events`, (c) => {
    const drill = c.req.param('drill');
    const run = playing(drill);
    if (!run || streams >= MOST_STREAMS) return c.text('There is nothing to be told.', 404);
    return streamSSE(c, async (stream) => {
      streams += 1;
      const sent = new Map<string, string>();
      let wake = Promise.withResolvers<void>();
      const forget = run.onChange(() => wake.resolve());
      const forgetBoard = board.onChange(() => wake.resolve());
      stream.onAbort(() => wake.resolve());
      try {
        while (!stream.aborted) {
          if (playing(drill) !== run) return void (await stream.writeSSE({ event: 'again', data: '' }));
          const fresh = partsOf(run.state(), `${BOARD}/${drill}`)
            .map(({ id, html }) => ({ id, html: html.toString() }))
            .filter(({ id, html }) => sent.get(id) !== html);
          for (const { id, html } of fresh) sent.set(id, html);
          const data = JSON.stringify({ parts: fresh, said: said(run.state()) });
          await stream.writeSSE({ event: 'parts', data });
          await Promise.race([wake.promise, stream.sleep(BEAT_MS)]);
          await stream.sleep(GATHER_MS);
          wake = Promise.withResolvers<void>();
        }
      } finally {
        forget();
        forgetBoard();
        streams -= 1;
      }
    });
  });

  app.post(`${BOARD}/:drill/start`, async (c) => {
    const drill = c.req.param('drill');
    if (drill === REHEARSAL) {
      const wanted = await field(c.req.raw, 'drill');
      board.start(wanted !== undefined && isScenarioName(wanted) ? wanted : board.pick(), 'rehearsal');
    } else if (isScenarioName(drill)) board.start(drill, 'watch');
    else return c.html(problemPage(shown, 'There is no such drill.'), 404);
    return c.redirect(`${BOARD}/${drill}`, 303);
  });

  app.post(`${BOARD}/:drill/:does`, async (c) => {
    const { drill, does } = c.req.param();
    const run = playing(drill);
    if (!run) return c.redirect(BOARD, 303);
    switch (does) {
      case 'mend':
        run.mend();
        break;
      case 'look':
        await run.lookAgain();
        break;
      case 'reveal':
        run.reveal();
        break;
      case 'stop':
        await run.stop();
        break;
      case 'answer': {
        const cause = await field(c.req.raw, 'cause');
        if (cause === NO_TROUBLE || rules.some(({ id }) => id === cause)) run.answer(cause ?? '');
        break;
      }
      default:
        return c.html(problemPage(shown, 'There is nothing here.'), 404);
    }
    return c.redirect(`${BOARD}/${drill}`, 303);
  });

  app.notFound((c) => c.html(problemPage(shown, 'There is nothing here.'), 404));
  app.onError((_error, c) => c.html(problemPage(shown, 'That did not work. The terminal may say more.'), 500));

  /** The run that a page is about: a rehearsal hides its drill, so it has a page of its own. */
  function playing(drill: string) {
    const run = board.run();
    const state = run?.state();
    const isIt =
      drill === REHEARSAL ? state?.mode === 'rehearsal' : state?.scenario === drill && state.mode === 'watch';
    return isIt ? run : undefined;
  }

  return async (request) => {
    const url = new URL(request.url);
    if (!LOOPBACK_NAMES.includes(url.hostname)) return forbidden('The board answers on this machine alone.');
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (!isReading && !isOwnRequest(request.headers, url.origin))
      return forbidden('Another site may not do anything here.');
    return withEvents(await app.fetch(request));
  };
}

const REHEARSAL = 'rehearsal';
const FOR_EVER = 'public, max-age=31536000, immutable';
const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

function forbidden(message: string): Response {
  return secured(new Response(message, { status: 403, headers: { 'content-type': 'text/plain; charset=utf-8' } }));
}

/** The policy of all pages, and besides that the board's own events and forms may be asked for. */
function withEvents(answer: Response): Response {
  const secure = secured(answer);
  const policy = secure.headers.get('content-security-policy') ?? "default-src 'none'";
  secure.headers.set('content-security-policy', `${policy}; connect-src 'self'`);
  // Without any referrer a browser would hide as well which page a form was sent from.
  secure.headers.set('referrer-policy', 'same-origin');
  return secure;
}

function asset(name: string, text: string): { readonly path: string; readonly text: string } {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { path: `${BOARD}/assets/${digest}/${name}`, text };
}

/** One field of a small form; undefined where the form is anything else. */
async function field(request: Request, name: string): Promise<string | undefined> {
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > LARGEST_FORM_BYTES) return undefined;
  const text = await request.text();
  return text.length > LARGEST_FORM_BYTES ? undefined : (new URLSearchParams(text).get(name) ?? undefined);
}
