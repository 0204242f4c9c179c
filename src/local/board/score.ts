/** How a rehearsal went. All of it is counted, nothing is judged by feel. */
export interface Attempt {
  readonly answer: string;
  /** Causes that count as right: what the drill is about, and what is as true. */
  readonly right: readonly string[];
  /** Readings that were looked at, and the number of the one that decided, from 1 on. */
  readonly seen: number;
  readonly decisive?: number;
  /** From the alert to the answer, and to the tool's own diagnosis, in milliseconds. */
  readonly tookMs: number;
  readonly toolTookMs: number;
}

export interface Score {
  readonly isRight: boolean;
  /** 0 to 100: 60 for the cause, up to 20 for not reading more than it took, up to 20 for the time. */
  readonly points: number;
  readonly forReading: number;
  readonly forTime: number;
}

/** Whoever answers within a minute gets the whole of it, after five minutes nothing: that is what an expert with az takes. */
const QUICK_MS = 60_000;
const SLOW_MS = 300_000;

/** Pure. A wrong answer scores nothing, however quick it was. */
export function scoreOf({ answer, right, seen, decisive, tookMs }: Attempt): Score {
  if (!right.includes(answer)) return { isRight: false, points: 0, forReading: 0, forTime: 0 };
  const forReading = decisive === undefined || seen <= decisive ? 20 : Math.round((20 * decisive) / seen);
  const late = Math.min(1, Math.max(0, (tookMs - QUICK_MS) / (SLOW_MS - QUICK_MS)));
  const forTime = Math.round(20 * (1 - late));
  return { isRight: true, points: 60 + forReading + forTime, forReading, forTime };
}

/** The answer of somebody who sees no trouble, beside the causes of the catalogue. */
export const NO_TROUBLE = 'no-trouble';
