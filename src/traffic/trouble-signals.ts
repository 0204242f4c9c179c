import type { Signal } from '../core/signal.ts';
import { plainText } from '../signals/plain-text.ts';
import { type TroubleDecision, type TroubleSign, troubleKey } from './trouble.ts';

/** What the stream has found at one gateway, and what of it was not handed over yet. One row of the store. */
export interface TroubleState {
  /** Its id in lower case. */
  readonly gateway: string;
  readonly open: readonly OpenTrouble[];
  /**
   * Signals that were decided and may not have been taken in yet. They are stored in one step with the decision, so that
   * whoever comes next hands over what a process left behind, under the same id and time.
   */
  readonly outbox: readonly Signal[];
}

/** Trouble of one pool with one setting that has not been seen to end. */
export interface OpenTrouble {
  readonly pool: string;
  readonly setting: string;
  readonly sign: TroubleSign;
  /** Of the signal that told of it. */
  readonly signalId: string;
  /** When that was decided, ISO 8601. */
  readonly toldAt: string;
}

export interface TroubleStep {
  /** When it is decided, ISO 8601. */
  readonly at: string;
  /** Whether an incident of the gateway is open; undefined where nobody asked. */
  readonly hasIncident?: boolean;
  readonly digest: (text: string) => string;
}

/** A gateway has at most a hundred pools, and each goes with a setting or two. */
const MAX_OPEN = 200;
/** Signals that nobody has taken in yet: newer ones say the same. */
const MAX_OUTBOX = 10;
/** An incident lists the places that a signal names. */
const MAX_TARGETS = 50;
const MAX_NAME_LENGTH = 253;
const MAX_TITLE_LENGTH = 400;
/** How many places a title names. */
const MAX_NAMED = 2;

export function newTroubleState(gateway: string): TroubleState {
  return { gateway, open: [], outbox: [] };
}

/** The targets of the open troubles, as `decideTrouble` wants them. */
export function openTargets({ gateway, open }: TroubleState): ReadonlySet<string> {
  return new Set(open.map(({ pool, setting }) => troubleKey({ gateway, pool, setting })));
}

/**
 * Trouble that lasts is told once. Where no incident is open for it after this time, it is told again: the incident was
 * resolved, by a reading that did not see what the stream sees.
 */
export const TELL_AGAIN_MINUTES = 15;

/** Whether any open trouble was told so long ago that it matters whether its incident is still open. */
export function wantsIncident({ open }: TroubleState, at: string): boolean {
  return open.some(({ toldAt }) => isLongAgo(toldAt, at));
}

function isLongAgo(toldAt: string, at: string): boolean {
  return Date.parse(at) - Date.parse(toldAt) >= TELL_AGAIN_MINUTES * 60_000;
}

/**
 * Pure. The state after a look at the windows, with the signals that come of it in its outbox: one for all that has
 * begun and one for all that has ended. The same object where nothing has changed.
 */
export function stepTrouble(
  state: TroubleState,
  decisions: readonly TroubleDecision[],
  { at, hasIncident, digest }: TroubleStep,
): TroubleState {
  const open = new Map(state.open.map((trouble) => [keyOf(state.gateway, trouble), trouble]));
  const begun: TroubleDecision[] = [];
  const ended: TroubleDecision[] = [];
  for (const decision of decisions) {
    if (decision.gateway !== state.gateway) continue;
    const known = open.get(troubleKey(decision));
    if (decision.state === 'recovered' && known) {
      ended.push(decision);
      open.delete(troubleKey(decision));
    }
    if (decision.state !== 'fired' || !isSign(decision.sign)) continue;
    const isForgotten = known !== undefined && hasIncident === false && isLongAgo(known.toldAt, at);
    if (known ? isForgotten : open.size + begun.length < MAX_OPEN) begun.push(decision);
  }
  if (begun.length === 0 && ended.length === 0) return state;
  const signals: Signal[] = [];
  // What has ended is told first: where both happen at once, the trouble that is left is the last word.
  if (ended.length > 0) signals.push(signalOf(state.gateway, 'resolved', ended, at, digest));
  if (begun.length > 0) {
    const fired = signalOf(state.gateway, 'fired', begun, at, digest);
    signals.push(fired);
    for (const decision of begun) {
      const { pool, setting, sign } = decision;
      if (isSign(sign)) open.set(troubleKey(decision), { pool, setting, sign, signalId: fired.id, toldAt: at });
    }
  }
  return { ...state, open: [...open.values()], outbox: [...state.outbox, ...signals].slice(-MAX_OUTBOX) };
}

/** The state once these signals were taken in. */
export function withoutSignals(state: TroubleState, sent: ReadonlySet<string>): TroubleState {
  const outbox = state.outbox.filter(({ id }) => !sent.has(id));
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

function keyOf(gateway: string, { pool, setting }: OpenTrouble): string {
  return troubleKey({ gateway, pool, setting });
}

function isSign(sign: TroubleDecision['sign']): sign is TroubleSign {
  return sign !== 'none' && sign !== 'not-seen-to-end' && sign !== 'over-before-it-was-seen';
}

/** Azure's levels, where a lower number is worse: a slow backend is a warning, and what fails an error. */
const SEVERITIES: Readonly<Record<TroubleSign, number>> = {
  'no-live-member': 1,
  failing: 1,
  'gateway-errors': 1,
  'slow-backend': 2,
};

function signalOf(
  gateway: string,
  condition: Signal['condition'],
  decisions: readonly TroubleDecision[],
  at: string,
  digest: (text: string) => string,
): Signal {
  const worst = decisions.toSorted((left, right) => right.numbers.failed - left.numbers.failed);
  const signs = worst.flatMap(({ sign }) => (isSign(sign) ? [SEVERITIES[sign]] : []));
  const keys = worst.map(troubleKey).toSorted();
  return {
    id: `stream-${digest(JSON.stringify([gateway, condition, at, keys]))}`,
    source: 'access-log-stream',
    kind: 'stream',
    condition,
    isTest: false,
    gatewayId: gateway,
    title: titleOf(worst),
    ...(condition === 'fired' && signs.length > 0 ? { severity: Math.min(...signs) } : {}),
    at,
    criteria: [],
    targets: worst
      .filter(({ pool }) => pool !== '')
      .slice(0, MAX_TARGETS)
      .map(({ pool, setting }) => ({
        pool: plainText(pool, MAX_NAME_LENGTH),
        ...(setting === '' ? {} : { setting: plainText(setting, MAX_NAME_LENGTH) }),
      })),
  };
}

/** `shop-web~https-443: 12 of 202 requests (5 %) in 5 minutes were answered 502 or 504; and 3 more places`. */
function titleOf(worst: readonly TroubleDecision[]): string {
  const named = worst
    .slice(0, MAX_NAMED)
    .map((decision) => `${placeOf(decision)}: ${decision.reason.replace(/\.$/, '')}`);
  const more = worst.length - named.length;
  const rest = more === 0 ? [] : [more === 1 ? 'and one more place' : `and ${more} more places`];
  return plainText([...named, ...rest].join('; '), MAX_TITLE_LENGTH);
}

function placeOf({ pool, setting }: TroubleDecision): string {
  if (pool === '') return 'requests of no pool';
  return setting === '' ? pool : `${pool}~${setting}`;
}
