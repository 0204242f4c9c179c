import { counted, cutLine, durationOf, fitLeft, fitRight, grouped, percentOf } from './columns.ts';
import type { Screen } from './screen.ts';
import {
  failedIn,
  type Gaps,
  isLowerBound,
  type NamedCount,
  OTHERS,
  type TargetCount,
  type WatchView,
} from './watch-counts.ts';

/** What is shown beside the counts. Times are milliseconds since 1970. */
export interface WatchMoment {
  readonly hub: string;
  readonly host: string;
  readonly now: number;
  readonly startedAt: number;
  readonly windowMinutes: number;
  /** Requests of the last seconds, by the second; undefined where it is too early to tell. */
  readonly requestsPerSecond: number | undefined;
  /** A sentence for each partition that is not read at the moment. */
  readonly problems: readonly string[];
}

/** The least that a table is worth: its head and one line. */
const LEAST_ROWS = 2;

/** The whole table, no wider than the screen and no higher than `rows`. */
export function watchFrame(view: WatchView, moment: WatchMoment, screen: Screen, rows: number): readonly string[] {
  const { window, totals, targets, errors, paths } = view;
  const head = [
    `${moment.hub} on ${moment.host}, ${clockOf(moment.now)} UTC`,
    `Last ${moment.windowMinutes} min: ${shareText(failedIn(window), window.requests)}`,
    `Read in ${durationOf(moment.now - moment.startedAt)}: ${shareText(failedIn(totals), totals.requests)}${rateText(moment.requestsPerSecond)}`,
    `${counted(view.partitions.length, 'partition')}, ${lagText(view)}, ${counted(totals.messages, 'message')}, ${counted(totals.others, 'other record')}`,
  ];
  const foot = [...gapSentences(view.gaps), ...moment.problems];
  // A long list of problems must not push the counts off the screen.
  const shownFoot = foot.slice(0, Math.max(1, Math.floor(rows / 4)));
  if (shownFoot.length < foot.length) shownFoot.push(`... and ${foot.length - shownFoot.length} more.`);
  const sections = [
    { lines: targetLines(targets, screen), weight: 3 },
    { lines: countLines('CAUSE OF ERROR', errors, '(none given)', screen), weight: 2 },
    { lines: countLines('PATH', paths, '(none given)', screen), weight: 3 },
  ].filter(({ lines }) => lines.length > 1);
  const calm = sections.length === 0 ? ['', 'No 502 and no 504 in these minutes.'] : [];
  const room = rows - head.length - calm.length - shownFoot.length - (shownFoot.length > 0 ? 1 : 0);
  const prose = (lines: readonly string[]) => lines.map((line) => cutLine(line, screen));
  return [
    ...prose(head),
    ...calm,
    ...shared(sections, room).flatMap((section) => ['', ...section]),
    ...(shownFoot.length > 0 ? ['', ...prose(shownFoot)] : []),
  ].slice(0, rows);
}

/** One line for where there is no terminal. */
export function watchLine(
  view: WatchView,
  moment: WatchMoment,
  interval: { readonly requests: number; readonly failed: number },
): string {
  const worst = view.targets[0];
  const parts = [
    `${isoOf(moment.now)} ${shareText(interval.failed, interval.requests)}`,
    `last ${moment.windowMinutes} min ${shareText(failedIn(view.window), view.window.requests)}`,
    ...(worst ? [`most in ${targetName(worst, isSeveral(view.targets))}: ${grouped(failedIn(worst))}`] : []),
    ...(view.errors[0] && view.errors[0].name !== '' ? [view.errors[0].name] : []),
    lagText(view),
    ...(isLowerBound(view.gaps) ? ['counts are a lower bound'] : []),
    ...(moment.problems.length > 0 ? ['not every partition is read'] : []),
  ];
  return parts.join('; ');
}

/** What is left on the screen at the end. */
export function watchSummary(view: WatchView, moment: WatchMoment): readonly string[] {
  const { totals, gaps } = view;
  const watched = `Watched ${moment.hub} for ${durationOf(moment.now - moment.startedAt)}`;
  return [
    `${watched}: ${shareText(failedIn(totals), totals.requests)} (${grouped(totals.failed502)} times 502, ${grouped(totals.failed504)} times 504), in ${grouped(totals.messages)} messages.`,
    ...gapSentences(gaps),
    ...moment.problems,
  ];
}

function shareText(failed: number, requests: number): string {
  if (requests === 0) return 'no requests';
  return `${grouped(failed)} of ${grouped(requests)} requests failed (${percentOf(failed, requests)})`;
}

function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return '';
  return `, ${perSecond < 10 ? perSecond.toFixed(1) : grouped(perSecond)} requests/s`;
}

function lagText({ partitions }: WatchView): string {
  const known = partitions.flatMap(({ lag }) => lag ?? []);
  const lag = known.reduce((sum, messages) => sum + messages, 0);
  if (known.length < partitions.length) return `${grouped(lag)} or more messages behind`;
  return lag === 0 ? 'up to date' : `${grouped(lag)} messages behind`;
}

/** What keeps the counts from being complete, a sentence each. */
function gapSentences({ missing, unreadable, unread, late, silent }: Gaps): readonly string[] {
  const reasons = [
    ...(missing > 0 ? [`${counted(missing, 'message')} missing`] : []),
    ...(unreadable > 0 ? [`${counted(unreadable, 'message')} not readable`] : []),
    ...(unread > 0 ? [`${counted(unread, 'record')} not readable`] : []),
    ...(silent.length > 0 ? [`silent: partition ${silent.join(', ')}`] : []),
  ];
  return [
    ...(reasons.length > 0 ? [`Counts are a lower bound: ${reasons.join('; ')}.`] : []),
    ...(late > 0 ? [`${counted(late, 'record')} of other minutes count in the total only.`] : []),
  ];
}

const NUMBER_COLUMNS = 9;

function targetLines(targets: readonly TargetCount[], screen: Screen): readonly string[] {
  const columns = screen.width - NUMBER_COLUMNS * 4;
  const cells = (...numbers: readonly string[]) => numbers.map((text) => fitRight(text, NUMBER_COLUMNS)).join('');
  const several = isSeveral(targets);
  return [
    fitLeft('POOL~SETTING', columns, screen) + cells('502', '504', 'REQUESTS', 'SHARE'),
    ...targets.map((target) => {
      const { failed502, failed504, requests } = target;
      const share = percentOf(failed502 + failed504, requests);
      const numbers = cells(grouped(failed502), grouped(failed504), grouped(requests), share);
      return fitLeft(targetName(target, several), columns, screen) + numbers;
    }),
  ];
}

function isSeveral(targets: readonly TargetCount[]): boolean {
  return new Set(targets.map(({ gateway }) => gateway)).size > 1;
}

/** The gateway is named where there are several. A request that reached no rule has neither pool nor setting. */
export function targetName({ gateway, pool, setting }: TargetCount, isSeveralGateways: boolean): string {
  const name = pool === OTHERS ? OTHERS : pool === '' && setting === '' ? '(no pool)' : `${pool}~${setting}`;
  return isSeveralGateways && gateway !== '' ? `${gateway}: ${name}` : name;
}

function countLines(title: string, counts: readonly NamedCount[], unnamed: string, screen: Screen): readonly string[] {
  const columns = screen.width - NUMBER_COLUMNS;
  return [
    fitLeft(title, columns, screen) + fitRight('FAILED', NUMBER_COLUMNS),
    ...counts.map(
      ({ name, failed }) => fitLeft(name || unnamed, columns, screen) + fitRight(grouped(failed), NUMBER_COLUMNS),
    ),
  ];
}

interface Section {
  readonly lines: readonly string[];
  readonly weight: number;
}

/** Shares the lines that there are among the sections: each gets its part, and what one leaves the others take. */
function shared(sections: readonly Section[], room: number): readonly (readonly string[])[] {
  let left = room;
  let weights = sections.reduce((sum, { weight }) => sum + weight, 0);
  const sizes = new Map<Section, number>();
  for (const section of sections.toSorted((one, other) => one.lines.length - other.lines.length)) {
    // The empty line before it belongs to it.
    const part = Math.floor((left * section.weight) / weights) - 1;
    const size = Math.min(section.lines.length, Math.max(0, part));
    sizes.set(section, size < LEAST_ROWS ? 0 : size);
    left -= size < LEAST_ROWS ? 0 : size + 1;
    weights -= section.weight;
  }
  return sections.flatMap((section) => {
    const size = sizes.get(section) ?? 0;
    return size === 0 ? [] : [section.lines.slice(0, size)];
  });
}

function clockOf(time: number): string {
  return isoOf(time).slice(11, 19);
}

function isoOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
