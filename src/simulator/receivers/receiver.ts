import type { Answer } from '../answer.ts';

/** A message as it reached a receiver. */
export interface Delivery {
  readonly path: string;
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
}

export type Receiver = (delivery: Delivery) => Judgement;

export function refused(status: number, body: unknown, refusal: string): Judgement {
  return { answer: { status, body }, refusal };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
