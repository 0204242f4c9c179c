import { beforeOf } from '../core/baseline-before.ts';
import { configPrint } from '../core/baseline-config.ts';
import { type ChangeFinding, describeNearest, nearestChange } from '../core/changes.ts';
import { compose } from '../core/compose.ts';
import { conclude, type Look, notificationPath } from '../core/conclude.ts';
import { conditionOf } from '../core/condition.ts';
import type { Diagnosis } from '../core/diagnose.ts';
import { findingsOf, newsIn } from '../core/findings.ts';
import { impactOf } from '../core/impact.ts';
import type { Incident, Told } from '../core/incident.ts';
import type { Readings } from '../core/readings.ts';
import type { Rule } from '../core/rule.ts';
import { describeFired } from '../signals/describe.ts';
import { flushOutbox, slotOf } from './outbox.ts';
import type { InvestigateMessage, Ports } from './ports.ts';
import { type Findings, type Round, readInRounds } from './read-in-rounds.ts';

/** What is kept of an investigation beside its snapshot, as `diagnosis.json`. */
export interface Report extends Diagnosis {
  /** One sentence on how many clients saw errors. */
  readonly impact: string;
  /** What changed before the first failure, or why that is not known. */
  readonly change: ChangeFinding;
  readonly rounds: readonly Round[];
  /** Why the reading ended. */
  readonly ended: string;
}

/** What an investigation came to, for whoever measures. */
export interface Investigated {
  readonly incident: Incident;
  readonly diagnosis: Diagnosis;
  readonly rounds: number;
}

/**
 * The investigation: read, diagnose, decide, tell. It may be run again at any point (the queue repeats a message whose
 * handler died): what is decided is stored together with what still has to be sent, and sinks are told at most once a
 * decision.
 */
export async function investigate(
  ports: Ports,
  { incidentId, isRecheck }: InvestigateMessage,
): Promise<Investigated | undefined> {
  const incident = await ports.incidents.get(incidentId);
  if (!incident || incident.state === 'resolved') {
    ports.log.info(
      { event: 'investigation.not-needed', incidentId, state: incident?.state ?? 'unknown' },
      'nothing to investigate',
    );
    return undefined;
  }
  await flushOutbox(ports, incident);

  const readOn = isRecheck ? (first: Glance) => isWorthReadingOn(ports, incident, first) : undefined;
  const found = await readInRounds(ports, incident.gatewayId, { readOn });
  const folder = await keep(ports, incident, found);

  const stored = await announce(ports, incident, found, folder);
  return stored && { incident: stored, diagnosis: found.diagnosis, rounds: found.rounds.length };
}

type Glance = Pick<Findings, 'readings' | 'diagnosis'>;

/** A look at a known incident reads on only where something is wrong that people were not told of. */
function isWorthReadingOn(ports: Ports, incident: Incident, { readings, diagnosis }: Glance): boolean {
  if (conditionOf(readings).is !== 'troubled') return false;
  const seen = findingsOf(diagnosis, readings, ports.now().toISOString(), ruleNamed(ports));
  return newsIn(incident.findings, seen).length > 0;
}

/** Stores what was read and concluded; returns its folder. */
async function keep(ports: Ports, incident: Incident, found: Findings): Promise<string> {
  const { snapshot, readings, diagnosis, rounds, ended } = found;
  const folder = `${incident.id}/${fileTime(snapshot.takenAt ?? ports.now().toISOString())}`;
  await ports.snapshots.save(folder, snapshot);
  const change = nearestChange(readings);
  const report: Report = { ...diagnosis, impact: impactOf(readings).sentence, change, rounds, ended };
  await ports.snapshots.saveDocument(`${folder}/diagnosis.json`, report);
  return folder;
}

/** Somebody else may change the incident while a message is worded: then it is decided and worded anew. */
const MAX_DECISIONS = 5;

/**
 * Decides what people are told, writes that down, and hands it to the delivery queue. Returns the incident as it is now;
 * undefined where it ended meanwhile.
 */
async function announce(ports: Ports, known: Incident, found: Findings, folder: string): Promise<Incident | undefined> {
  const look = await lookOf(ports, known, found, folder);
  for (let attempt = 1; attempt <= MAX_DECISIONS; attempt += 1) {
    const incident = attempt === 1 ? known : await ports.incidents.get(known.id);
    if (!incident || incident.state === 'resolved') return undefined;
    const { announcement, incident: next } = conclude(incident, look, ports.policy, ports.routes);
    if (announcement.action === 'notify') {
      const path = notificationPath(incident.id, next.revision);
      await ports.snapshots.saveDocument(path, word(ports, next, found, announcement, look.at));
    }
    const stored = await ports.incidents.change<Incident | 'gone' | 'again'>(slotOf(incident), (current) => {
      if (current?.id !== incident.id || current.state === 'resolved') return { result: 'gone' };
      const decided = conclude(current, look, ports.policy, ports.routes);
      const isWorded = decided.announcement.action === 'hold' || isSame(decided.incident.told, next.told);
      return isWorded ? { incident: decided.incident, result: decided.incident } : { result: 'again' };
    });
    if (stored === 'gone') return undefined;
    if (stored === 'again') continue;
    const { state, revision } = stored;
    const cause = found.diagnosis.verdicts[0]?.cause;
    ports.log.info(
      {
        event: 'investigation.done',
        incidentId: stored.id,
        established: found.diagnosis.established,
        cause,
        state,
        revision,
      },
      'investigated',
    );
    await flushOutbox(ports, stored);
    return stored;
  }
  throw new Error('The incident changes faster than a message about it can be worded.');
}

/** Whether the message that was worded is the one that is decided. */
function isSame(decided: Told | undefined, worded: Told | undefined): boolean {
  return decided?.revision === worded?.revision && decided?.kind === worded?.kind;
}

async function lookOf(ports: Ports, incident: Incident, found: Findings, folder: string): Promise<Look> {
  const { readings, diagnosis, rounds } = found;
  const at = ports.now().toISOString();
  return {
    at,
    condition: conditionOf(readings),
    findings: findingsOf(diagnosis, readings, at, ruleNamed(ports)),
    isClean: diagnosis.healthy,
    headline: diagnosis.headline,
    rounds: [...rounds.slice(1).map(describeRound), ...describeAround(found)],
    folder,
    silences: await ports.silences.list(),
    ...(await beforeIt(ports, incident, found, at)),
  };
}

/** How it stood before, for an incident that does not know it yet. An investigation does not fail for want of it. */
async function beforeIt(
  ports: Ports,
  { id, gatewayId, openedAt, before }: Incident,
  { snapshot }: Findings,
  at: string,
): Promise<Pick<Look, 'before'>> {
  if (before) return {};
  try {
    const raw = snapshot.evidence.find(({ name, state }) => name === 'gateway' && state === 'ok')?.raw;
    const print = configPrint(raw, ports.digest);
    const baseline = await ports.baselines.get(gatewayId);
    const frozen = beforeOf(baseline, openedAt, print && { print, at });
    return frozen ? { before: frozen } : {};
  } catch (err) {
    ports.log.warn({ event: 'baseline.not-read', incidentId: id, err }, 'the baseline could not be read');
    return {};
  }
}

/** Rules that are still experimental are reported beside the others, and never page anybody. */
function ruleNamed({ rules }: Ports): (cause: string) => Rule | undefined {
  return (cause) => rules.find((rule) => rule.id === cause);
}

/** `Round 2 read nics (for stale-pool-member). stale-pool-member: possible -> confirmed.` */
function describeRound({ number, asked, changed }: Round): string {
  const reads = asked.map(({ evidence, causes }) => `${evidence} (for ${causes.join(', ')})`).join('; ');
  return `Round ${number} read ${reads}. ${changed.length === 0 ? 'It changed nothing.' : `${changed.join('; ')}.`}`;
}

/** What the read after the rounds came to: which verdicts it changed, and the change that it named. */
function describeAround({ around, readings }: Findings): readonly string[] {
  const change = nearestChange(readings);
  const { asked = [], changed = [] } = around ?? {};
  return [
    ...(changed.length === 0 ? [] : [`Then ${asked.join(' and ')} were read. ${changed.join('; ')}.`]),
    ...(change.outcome === 'none' ? [] : [`Changed before: ${describeNearest(change.change)}`]),
  ];
}

function word(
  { rules, portalUrl }: Ports,
  incident: Incident,
  { readings, diagnosis }: { readings: Readings; diagnosis: Diagnosis },
  { kind, reason }: { kind: Told['kind']; reason: string },
  at: string,
) {
  const { revision, severity, signals } = incident;
  return compose(incident, diagnosis, readings, rules, {
    kind: kind === 'page' ? 'opened' : kind === 'reminder' ? 'updated' : kind,
    note: reason,
    revision,
    severity,
    fired: describeFired(signals),
    at,
    portalUrl,
  });
}

/** `2026-09-14T02:10:31.123Z` as `20260914T021031123Z`: sorts by time and is safe in a path. */
function fileTime(at: string): string {
  return at.replace(/[-:.]/g, '');
}
