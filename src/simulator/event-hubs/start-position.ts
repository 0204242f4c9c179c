import type { StartPosition } from './partition-log.ts';

const EXPRESSION =
  /^\s*amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time(?:-utc)?)\s*(>=?)\s*'([^']{1,100})'\s*$/;

/** Reads a reader's selector, such as `amqp.annotation.x-opt-offset > '-1'`. Undefined where it says nothing. */
export function readStartPosition(selector: string): StartPosition | undefined {
  const [, annotation, operator, value = ''] = EXPRESSION.exec(selector) ?? [];
  const isInclusive = operator === '>=';
  if (annotation === 'offset' && value === '@latest') return { from: 'latest' };
  // An offset of -1 stands for the beginning.
  if (annotation === undefined || !/^-?\d{1,18}$/.test(value)) return undefined;
  const number = Number(value);
  if (annotation === 'offset' || annotation === 'sequence-number') {
    return { from: annotation, value: number, isInclusive };
  }
  return { from: 'enqueued-time', atMs: number, isInclusive };
}
