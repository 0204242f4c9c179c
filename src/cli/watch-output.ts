import type { Io } from './command.ts';
import { type Screen, screenOf } from './screen.ts';
import { asciiLine, plainLine } from './terminal-text.ts';
import { failedIn, isLowerBound, type Tally, type WatchView } from './watch-counts.ts';
import { type WatchMoment, watchFrame, watchLine, watchSummary } from './watch-text.ts';

/** Where the counts go. */
export interface WatchOutput {
  /** How often it wants to be shown something, in milliseconds. */
  readonly everyMs: number;
  readonly show: (view: WatchView, moment: WatchMoment) => void;
  /** A partition is not read any more, or is again. */
  readonly tell: (sentence: string) => void;
  readonly finish: (view: WatchView, moment: WatchMoment) => void;
}

export interface WatchOutputOptions {
  readonly json: boolean;
  readonly isOnce: boolean;
  readonly color: boolean | undefined;
  /** For lines and objects, in milliseconds. */
  readonly intervalMs: number;
}

/** At most twice a second: more than that nobody reads. */
const REDRAW_MS = 500;
/** A table that is not drawn again may be as long as a page. */
const ONCE_ROWS = 60;
/** Objects name so many targets, errors and paths each. */
const MAX_NAMED = 50;

export function watchOutput(io: Io, { json, isOnce, color, intervalMs }: WatchOutputOptions): WatchOutput {
  const { stdout, env } = io;
  if (json) return jsonOutput(io, intervalMs);
  const isTerminal = stdout.isTTY === true && env.TERM !== 'dumb';
  const screen = () => screenOf({ isTerminal, columns: stdout.columns, platform: process.platform, env, color });
  if (isOnce) return onceOutput(io, screen);
  return isTerminal ? frameOutput(io, screen) : lineOutput(io, screen, intervalMs);
}

/** Draws over what it drew before. The cursor stays hidden meanwhile, and comes back at the end. */
function frameOutput({ stdout }: Io, screen: () => Screen): WatchOutput {
  let drawn = 0;
  let isHidden = false;
  const wipe = () => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`);
  /** A window that changed its size breaks lines anew, so that nobody knows how many there are. */
  const forget = () => {
    if (drawn > 0) stdout.write('\u001b[2J\u001b[H');
    drawn = 0;
  };
  stdout.on('resize', forget);
  const showCursor = () => {
    if (isHidden) stdout.write('\u001b[?25h');
    isHidden = false;
  };
  // Also where the process ends another way.
  process.on('exit', showCursor);
  return {
    everyMs: REDRAW_MS,
    show: (view, moment) => {
      const own = screen();
      // The line below the last one holds the cursor.
      const lines = watchFrame(view, moment, own, Math.max(6, (stdout.rows || 24) - 1));
      const text = lines.map((line) => `${line}\n`).join('');
      stdout.write(`${wipe()}${isHidden ? '' : '\u001b[?25l'}${own.hasColor ? emphasised(text) : text}`);
      isHidden = true;
      drawn = lines.length;
    },
    // The table itself says it.
    tell: () => {},
    finish: (view, moment) => {
      stdout.off('resize', forget);
      stdout.write(
        watchSummary(view, moment)
          .map((line) => `${shown(line, screen())}\n`)
          .join(''),
      );
      showCursor();
      process.off('exit', showCursor);
    },
  };
}

/** The heads of the tables are all capitals, and stand out in bold. */
function emphasised(text: string): string {
  return text.replace(/^(POOL~SETTING|CAUSE OF ERROR|PATH) .*$/gm, '\u001b[1m$&\u001b[22m');
}

/** The table, once. */
function onceOutput({ stdout, stderr }: Io, screen: () => Screen): WatchOutput {
  return {
    everyMs: Number.POSITIVE_INFINITY,
    show: () => {},
    tell: (sentence) => stderr.write(`appgw-triage: ${plainLine(sentence)}\n`),
    finish: (view, moment) => {
      for (const line of watchFrame(view, moment, screen(), ONCE_ROWS)) stdout.write(`${line}\n`);
    },
  };
}

function lineOutput({ stdout, stderr }: Io, screen: () => Screen, everyMs: number): WatchOutput {
  let before: Readonly<Tally> | undefined;
  return {
    everyMs,
    show: (view, moment) => {
      stdout.write(`${shown(watchLine(view, moment, since(view, before)), screen())}\n`);
      before = view.totals;
    },
    tell: (sentence) => stderr.write(`appgw-triage: ${plainLine(sentence)}\n`),
    finish: (view, moment) => {
      for (const line of watchSummary(view, moment)) stdout.write(`${shown(line, screen())}\n`);
    },
  };
}

function jsonOutput({ stdout, stderr }: Io, everyMs: number): WatchOutput {
  let before: Readonly<Tally> | undefined;
  const print = (view: WatchView, moment: WatchMoment, isFinal: boolean) => {
    stdout.write(`${JSON.stringify(watchJson(view, moment, since(view, before), isFinal))}\n`);
    before = view.totals;
  };
  return {
    everyMs,
    show: (view, moment) => print(view, moment, false),
    tell: (sentence) => stderr.write(`appgw-triage: ${plainLine(sentence)}\n`),
    finish: (view, moment) => print(view, moment, true),
  };
}

function since({ totals }: WatchView, before: Readonly<Tally> | undefined) {
  return {
    requests: totals.requests - (before?.requests ?? 0),
    failed: failedIn(totals) - (before ? failedIn(before) : 0),
  };
}

/** `appgw-triage/watch@1`, as the help describes it. */
export function watchJson(
  view: WatchView,
  moment: WatchMoment,
  interval: { readonly requests: number; readonly failed: number },
  isFinal: boolean,
) {
  const { window, totals, targets, errors, paths, gaps, partitions } = view;
  const iso = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString());
  return {
    schema: 'appgw-triage/watch@1',
    at: iso(moment.now),
    isFinal,
    hub: moment.hub,
    namespace: moment.host,
    startedAt: iso(moment.startedAt),
    interval,
    window: {
      minutes: moment.windowMinutes,
      requests: window.requests,
      failed: failedIn(window),
      status502: window.failed502,
      status504: window.failed504,
      targets: targets.slice(0, MAX_NAMED).map(({ gateway, pool, setting, requests, failed502, failed504 }) => ({
        ...{ gateway, pool, setting, requests },
        ...{ failed: failed502 + failed504, status502: failed502, status504: failed504 },
      })),
      errors: errors.slice(0, MAX_NAMED).map(({ name, failed }) => ({ error: name, failed })),
      paths: paths.slice(0, MAX_NAMED).map(({ name, failed }) => ({ path: name, failed })),
    },
    totals: {
      ...{ requests: totals.requests, failed: failedIn(totals) },
      ...{ status502: totals.failed502, status504: totals.failed504 },
      ...{ messages: totals.messages, otherRecords: totals.others },
    },
    gaps: { ...gaps, isLowerBound: isLowerBound(gaps) },
    partitions: partitions.map(({ id, lag, lastSequenceNumber, lastEnqueuedAt }) => ({
      ...{ id, lag: lag ?? null, lastSequenceNumber: lastSequenceNumber ?? null },
      lastEnqueuedAt: iso(lastEnqueuedAt),
    })),
    problems: moment.problems,
  };
}

function shown(line: string, { isUnicode }: Screen): string {
  return isUnicode ? plainLine(line) : asciiLine(plainLine(line));
}
