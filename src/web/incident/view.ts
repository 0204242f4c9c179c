import type { Report } from '../../app/investigate.ts';
import { describeGateway } from '../../core/compose-page.ts';
import { firstFailure } from '../../core/first-failure.ts';
import type { Notification, NotifiedChange, Recovery } from '../../core/notification.ts';
import { recoveryOf } from '../../core/recovery.ts';
import type { Rule } from '../../core/rule.ts';
import { isNamed, type Scope, VERDICT_LEVELS, type Verdict } from '../../core/verdict.ts';
import { describeFired } from '../../signals/describe.ts';
import type { LoadedIncident } from '../load-incident.ts';
import { type Chain, chainsOf } from '../map/chains.ts';
import { type PlotData, plotData } from '../plot/data.ts';

/** An incident as its page tells it: everything is decided here, and the page only lays it out. Pure. */
export interface IncidentView {
  readonly loaded: LoadedIncident;
  readonly gateway: Notification['gateway'];
  /**
   * `waiting`: nothing was read yet. `unread`: it was, and nothing of it came. `named`: a cause is. `open`: none is
   * established. `well`: no trouble was found.
   */
  readonly stage: 'waiting' | 'unread' | 'named' | 'open' | 'well';
  /** What fired, a line each. */
  readonly fired: readonly string[];
  readonly causes: readonly CauseView[];
  /** What still stands beside them, or is not known, one a cause. */
  readonly open: readonly Verdict[];
  readonly ruledOut: readonly Verdict[];
  readonly change?: NotifiedChange;
  /** Why no change is named. */
  readonly noChange?: string;
  readonly recovery?: Recovery;
  readonly chains: readonly Chain[];
  readonly plot?: PlotData;
  readonly titleOf: (cause: string) => string;
}

/** One cause at one level, wherever it holds. */
export interface CauseView {
  readonly rule?: Rule;
  readonly title: string;
  readonly best: Verdict;
  /** The same cause at the same level at other places. */
  readonly elsewhere: readonly Verdict[];
}

export function viewOf(loaded: LoadedIncident, rules: readonly Rule[], portalUrl: string): IncidentView {
  const { incident, shown, newest } = loaded;
  const verdicts = shown?.report.verdicts ?? [];
  const titleOf = (cause: string) => rules.find(({ id }) => id === cause)?.title ?? cause;
  const causes = causesIn(verdicts, rules, titleOf);
  const named = new Set(causes.map(({ best }) => best.cause));
  const rest = bestOfEach(verdicts.filter(({ cause }) => !named.has(cause)));
  const [first] = causes;
  const recovery = recoveryIn(loaded);
  const change = changeIn(loaded);
  const chains = shown ? chainsOf(shown.readings, verdicts) : [];
  const plot = shown && plotOf(loaded, first?.best.scope, change?.at);
  return {
    loaded,
    gateway: describeGateway(incident.gatewayId, portalUrl),
    stage: stageOf(shown?.report, causes.length > 0, newest !== undefined),
    fired: describeFired(incident.signals),
    causes,
    open: rest.filter(({ verdict }) => verdict === 'possible' || verdict === 'inconclusive'),
    ruledOut: rest.filter(({ verdict }) => verdict === 'ruled-out'),
    ...(change === undefined ? {} : { change }),
    ...(shown?.report.change?.outcome === 'none' ? { noChange: shown.report.change.reason } : {}),
    ...(recovery ? { recovery } : {}),
    chains,
    ...(plot ? { plot } : {}),
    titleOf,
  };
}

/** As the reading has it; else as the message that named the cause had it, which may know of regular readings before. */
function changeIn({ shown, toldCause }: LoadedIncident): NotifiedChange | undefined {
  const found = shown?.report.change;
  return found?.outcome === 'named' ? found.change : toldCause?.nearestChange;
}

function stageOf(report: Report | undefined, isNamedNow: boolean, hasNewest: boolean): IncidentView['stage'] {
  if (!report) return hasNewest ? 'unread' : 'waiting';
  if (isNamedNow) return 'named';
  if (report.healthy) return 'well';
  return report.evidence.some(({ state }) => state === 'ok') ? 'open' : 'unread';
}

function causesIn(
  verdicts: readonly Verdict[],
  rules: readonly Rule[],
  titleOf: (cause: string) => string,
): readonly CauseView[] {
  const groups = Map.groupBy(verdicts.filter(isNamed), ({ cause, verdict }) => `${cause} ${verdict}`);
  return [...groups.values()].flatMap(([best, ...elsewhere]) => {
    if (!best) return [];
    const rule = rules.find(({ id }) => id === best.cause);
    return [{ ...(rule ? { rule } : {}), title: titleOf(best.cause), best, elsewhere }];
  });
}

/** The best verdict of each cause, in the order of the diagnosis. */
function bestOfEach(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...Map.groupBy(verdicts, ({ cause }) => cause).values()].flatMap(
    (same) =>
      same.toSorted((left, right) => VERDICT_LEVELS.indexOf(left.verdict) - VERDICT_LEVELS.indexOf(right.verdict))[0] ??
      [],
  );
}

/** What the message of the end said; before that, how what was wrong stands at the newest reading. */
function recoveryIn({ incident, told, newest, shown }: LoadedIncident): Recovery | undefined {
  if (told?.recovery !== undefined) return told.recovery;
  const now = newest ?? shown;
  if (!now || incident.findings.length === 0 || incident.state === 'open') return undefined;
  return recoveryOf(incident, now.readings, now.manifest.takenAt ?? incident.updatedAt);
}

function plotOf(
  { incident, shown, newest }: LoadedIncident,
  scope: Scope | undefined,
  change: string | undefined,
): PlotData | undefined {
  if (!shown) return undefined;
  const place = scope?.pool === undefined ? incident.findings.find(({ pool }) => pool !== undefined) : scope;
  const [older, newer] = [shown, newest].filter((reading) => reading !== undefined);
  const failure = firstFailure(shown.readings)?.at;
  const recovery = incident.resolvedAt ?? incident.recoveringSince;
  const alert = incident.signals.find(({ condition }) => condition === 'fired');
  const both = [older, newer]
    .filter((reading) => reading !== undefined)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return plotData(
    both.map(({ readings }) => readings),
    {
      ...(place?.pool === undefined ? {} : { pool: place.pool }),
      ...(place?.setting === undefined ? {} : { setting: place.setting }),
    },
    {
      ...(failure === undefined ? {} : { failure }),
      ...(change === undefined ? {} : { change }),
      ...(recovery === undefined ? {} : { recovery }),
      alert: alert?.at ?? incident.openedAt,
    },
  );
}
