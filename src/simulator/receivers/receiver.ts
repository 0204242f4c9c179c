import type { Answer } from '../answer.ts';

/** A message as it reached a receiver. */
export interface Delivery {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  /** Whom PagerDuty's REST API is to take for the author. */
  readonly from: string | undefined;
  readonly contentType: string;
  readonly bytes: number;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
}

/** What a service makes of a message: its answer, and for the inbox the reason of a refusal. */
export interface Judgement {
  readonly answer: Answer;
  /** Absent where the message was taken. */
  readonly refusal?: string;
  /** What was asked for, where the service does several things. */
  readonly action?: string;
}

export type Receiver = (delivery: Delivery) => Judgement;

export function refused(status: number, body: unknown, refusal: string): Judgement {
  return { answer: { status, body }, refusal };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
