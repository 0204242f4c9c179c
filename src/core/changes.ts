import { type Relation, rootOf, scopeOf, typeOf } from './change-scope.ts';
import { noiseIn, type Step, stepsIn } from './change-steps.ts';
import { describeAuthor, describeChange, sentenceOf, tellingProperty } from './change-words.ts';
import { type FirstFailure, firstFailure, instantOf, isoOf } from './first-failure.ts';
import type { Readings } from './readings.ts';

/** A change of a resource's configuration, as Resource Graph's `resourcechanges` tells it. */
export interface ResourceChange {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly resourceId: string;
  readonly kind: 'create' | 'update' | 'delete';
  /** `Microsoft.Network/networkSecurityGroups/write`: the right that was used, where it is told. */
  readonly operation?: string;
  /** Who or what made it, as it is written: a person's sign-in name, an application's id. */
  readonly by?: string;
  readonly byKind?: 'person' | 'application' | 'platform';
  /** `Azure Portal`, where it is known. */
  readonly client?: string;
  readonly correlationId?: string;
  readonly properties: readonly PropertyChange[];
}

export interface PropertyChange {
  /** `properties.securityRules[3].properties.access` */
  readonly path: string;
  /** Absent where the property was not there. Bounded. */
  readonly before?: string;
  readonly after?: string;
  /** Its values could be a secret, and were not kept. */
  readonly isHidden?: boolean;
}

/**
 * The change nearest before the first failure. It came before, and that is all that is known: it raises no verdict and
 * lowers none.
 */
export interface NearestChange {
  /** When it began, ISO 8601 in UTC. */
  readonly at: string;
  /** `Security rule baseline-inbound of network security group nsg-orders was written`. Holds names from outside. */
  readonly what: string;
  /** Who or what made it, and through what, as far as it is told: a person by the name that the record has. */
  readonly by?: string;
  /** The property that changed, of several the one that tells most; absent where only the operation is known. */
  readonly property?: string;
  readonly before?: string;
  readonly after?: string;
  /** From the change to the first failure, in whole minutes; 0 in the same minute. */
  readonly minutesBefore: number;
  readonly resourceId: string;
  readonly relation: Relation;
  /** How many resources the same deployment changed, this one among them. */
  readonly resources: number;
  readonly evidence: readonly string[];
  readonly failure: FirstFailure;
  /** How it stands to the failure, saying that this is a correlation. */
  readonly sentence: string;
}

export type ChangeFinding =
  | { readonly outcome: 'named'; readonly change: NearestChange }
  /** `reason` is a sentence. */
  | { readonly outcome: 'none'; readonly reason: string };

/** How far before the first failure a change is looked for. */
export const CHANGES_BEFORE_MS = 24 * 60 * 60_000;

/** Within this time what is known to be on the path goes before what only may be; farther back the nearer one goes first. */
const CLOSE_MS = 60 * 60_000;

/**
 * Resource Graph dates a change when its operation is over, which can be after the first request felt it. The activity log
 * knows when it began, but comes later. A record of which only the end is known may therefore be this much younger.
 */
const RECORDED_LATE_MS = 60_000;

const RELATIONS = ['on-path', 'maybe', 'elsewhere'] as const satisfies readonly Relation[];

/** What was done to one resource in one go: its operations and its record of changed properties belong together. */
interface Part {
  readonly root: string;
  readonly correlation: string;
  readonly steps: readonly Step[];
  /** When the first of its steps began. */
  readonly start: number;
  /** Only the end of it is known. */
  readonly isOnlyEnd: boolean;
  readonly relation: Relation;
}

/** Pure and total: names the change nearest before the first failure, or says why none can be named. */
export function nearestChange(readings: Readings): ChangeFinding {
  const failure = firstFailure(readings);
  if (!failure) return none('No reading tells when the failures began, so no change can be called the nearest before.');
  if (!readings.changes && !readings.activity) {
    return none('Neither changes of resources nor the activity log were read.');
  }
  const parts = partsIn(readings);
  const [from, until] = [(instantOf(failure.at) ?? 0) - CHANGES_BEFORE_MS, instantOf(failure.latest) ?? 0];
  const before = parts.filter(
    ({ start, isOnlyEnd }) => start >= from && (start <= until || (isOnlyEnd && start < until + RECORDED_LATE_MS)),
  );
  const best = before.toSorted((left, right) => compare(keyOf(left, until), keyOf(right, until)))[0];
  if (!best) {
    return none('No change was found in the 24 hours before the first failure. The records lag by up to 20 minutes.');
  }
  const together = new Set(parts.filter((part) => part.correlation === best.correlation).map(({ root }) => root));
  return { outcome: 'named', change: toChange(best, together.size, failure) };
}

/** In one line, for a timeline. */
export function describeNearest({ what, by, sentence }: NearestChange): string {
  return `${what}${by === undefined ? '' : ` by ${by}`}. ${sentence}`;
}

function none(reason: string): ChangeFinding {
  return { outcome: 'none', reason };
}

function partsIn(readings: Readings): readonly Part[] {
  const { relationOf } = scopeOf(readings);
  const groups = Map.groupBy(stepsIn(readings), ({ correlation, resourceId }) =>
    JSON.stringify([correlation, rootOf(resourceId).toLowerCase()]),
  );
  return [...groups.values()].flatMap((all) => {
    const steps = noiseIn(all) ? [] : all.toSorted((left, right) => left.time - right.time);
    const [first] = steps;
    if (!first) return [];
    // The record of a whole network does not say which subnet was meant; the operation does.
    const inside = steps.filter(({ resourceId }) => rootOf(resourceId) !== resourceId);
    const relations = (inside.length > 0 ? inside : steps).map(({ resourceId }) => relationOf(resourceId));
    const relation = RELATIONS.find((one) => relations.includes(one)) ?? 'elsewhere';
    const { correlation, time: start } = first;
    const isOnlyEnd = steps.every(({ evidence }) => evidence === 'resource-changes');
    return [{ root: rootOf(first.resourceId).toLowerCase(), correlation, steps, start, isOnlyEnd, relation }];
  });
}

/** What orders candidates, the best first: strangers last, then by nearness. Every tie ends at the id. */
function keyOf({ relation, start, root, steps }: Part, until: number): readonly (number | string)[] {
  const distance = Math.abs(until - start);
  const isClose = distance <= CLOSE_MS;
  const hasProperties = steps.some(({ properties }) => properties.length > 0);
  return [
    relation === 'elsewhere' ? 1 : 0,
    isClose ? (start <= until ? 0 : 1) : 2,
    isClose && relation === 'maybe' ? 1 : 0,
    distance,
    relation === 'maybe' ? 1 : 0,
    hasProperties ? 0 : 1,
    root,
  ];
}

function compare(left: readonly (number | string)[], right: readonly (number | string)[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? value;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

function toChange({ steps, start, relation, root }: Part, resources: number, failure: FirstFailure): NearestChange {
  const property = tellingProperty(steps.flatMap(({ properties }) => properties));
  const by = describeAuthor(steps);
  const minutesBefore = Math.max(0, Math.floor(((instantOf(failure.at) ?? start) - start) / 60_000));
  const first = steps[0]?.resourceId ?? root;
  return {
    at: isoOf(start),
    what: describeChange(steps, typeOf(root)),
    ...(by === undefined ? {} : { by }),
    ...(property ?? {}),
    minutesBefore,
    resourceId: rootOf(first),
    relation,
    resources,
    evidence: [...new Set(steps.map(({ evidence }) => evidence))],
    failure,
    sentence: sentenceOf({ minutesBefore, relation, resources, failure, isLate: isoOf(start) > failure.latest }),
  };
}
