import { counted, grouped } from './columns.ts';
import type { CliError, Io } from './command.ts';
import type { ReplayTotals } from './replay-sender.ts';

/** What became of a replay. */
export interface ReplayReport {
  /** Lines, or elements of lists, that were read, those that were skipped among them. */
  readonly items: number;
  /** Of these, no JSON, and JSON that is no log. */
  readonly broken: number;
  readonly foreign: number;
  readonly skip: number;
  readonly isDryRun: boolean;
  readonly shiftMs: number;
  readonly totals: ReplayTotals;
  /** By a signal. */
  readonly isStopped: boolean;
  /** Why it did not come to its end. */
  readonly failure: CliError | undefined;
}

export function isWhole({ broken, foreign, totals, isStopped, failure }: ReplayReport): boolean {
  return broken + foreign + totals.tooLarge === 0 && !isStopped && failure === undefined;
}

export function replayLines(report: ReplayReport): readonly string[] {
  const { items, broken, foreign, skip, isDryRun, totals, isStopped, failure } = report;
  const { messages, records, batches, tooLarge, upTo, uncertainUpTo } = totals;
  const verb = isDryRun ? 'Would send' : 'Sent';
  const skipped = skip > 0 ? `, the first ${grouped(Math.min(skip, items))} left out` : '';
  return [
    `${verb} ${counted(records, 'record')} in ${counted(messages, 'message')} and ${grouped(batches)} ${batches === 1 ? 'batch' : 'batches'}, from ${counted(items, 'item')}${skipped}.`,
    ...(skip > items ? [`There were only ${counted(items, 'item')}, all of them left out.`] : []),
    ...(broken > 0 ? [`Left out, as no JSON: ${counted(broken, 'item')}.`] : []),
    ...(foreign > 0 ? [`Left out, as no logs: ${counted(foreign, 'item')}.`] : []),
    ...(tooLarge > 0 ? [`Left out, as larger than the event hub takes: ${counted(tooLarge, 'record')}.`] : []),
    ...((isStopped || failure) && upTo > 0 ? [`Stopped behind item ${grouped(upTo)}; go on with --skip ${upTo}.`] : []),
    ...(uncertainUpTo === undefined
      ? []
      : [
          `The batch after that, up to item ${grouped(uncertainUpTo)}, was not confirmed: it may be there or not. With --skip ${upTo} its records may come twice, with --skip ${uncertainUpTo} they may be missing.`,
        ]),
  ];
}

/** `appgw-triage/replay@1`. */
export function replayJson({ failure, totals, isStopped, ...rest }: ReplayReport) {
  const { messages, records, batches, tooLarge, upTo, uncertainUpTo } = totals;
  return {
    schema: 'appgw-triage/replay@1',
    ...rest,
    ...{ messages, records, batches, tooLarge, upTo },
    uncertainUpTo: uncertainUpTo ?? null,
    isStopped,
    failure: failure?.message ?? null,
  };
}

const TERMINAL_EVERY_MS = 500;
const LINE_EVERY_MS = 10_000;

/** Says on stderr how far it is: in place on a terminal, now and then a line elsewhere. */
export function newProgress({ stderr }: Pick<Io, 'stderr'>) {
  const isTerminal = stderr.isTTY === true;
  let shownAt = Date.now();
  let isShown = false;
  return {
    show: (items: number, { messages, records }: ReplayTotals) => {
      const now = Date.now();
      if (now - shownAt < (isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS)) return;
      shownAt = now;
      isShown = true;
      const text = `${grouped(items)} items read, ${grouped(records)} records sent in ${grouped(messages)} messages`;
      stderr.write(isTerminal ? `\r\u001b[K${text}` : `appgw-triage: ${text}\n`);
    },
    end: () => {
      if (isTerminal && isShown) stderr.write('\r\u001b[K');
    },
  };
}
