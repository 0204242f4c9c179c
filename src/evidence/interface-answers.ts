import { type ErrorAnswer, errorIn, isOfStoppedMachine, reasonOfError } from './error-answer.ts';
import { fieldsOf, first, isObject, textOf } from './json.ts';

/** What was answered about one network interface: a list, or an error. */
export interface InterfaceAnswer {
  /** Whose it is, where that was noted beside the answer; the answer itself does not always say. */
  readonly nicId?: string;
  readonly items: readonly unknown[];
  readonly error?: ErrorAnswer;
}

/** A gateway has some thousand members at most; each was asked for once. */
const MAX_ANSWERS = 2_000;
/** How many items of an answer are looked at to tell what it is about: there are lists of log records by the million. */
const LOOKED_AT = 1_000;

/**
 * The answers about interfaces in a document: the body of one (`{"value": []}`, its bare list, or its only item), an
 * error in its place, or several of these in a list. An answer may carry `nicId` beside its `value` or `error`.
 */
export function interfaceAnswers(document: unknown): readonly InterfaceAnswer[] {
  if (Array.isArray(document)) {
    const bodies = document.slice(0, MAX_ANSWERS).flatMap((item) => bodyOf(item) ?? []);
    return bodies.length > 0 ? bodies : [{ items: document }];
  }
  if (!isObject(document)) return [];
  return [bodyOf(document) ?? { items: [document] }];
}

function bodyOf(document: unknown): InterfaceAnswer | undefined {
  const fields = fieldsOf(document);
  const nicId = textOf(first(fields, 'nicid', 'networkinterfaceid'));
  const whose = nicId === undefined ? {} : { nicId };
  const value = fields.get('value');
  if (Array.isArray(value)) return { ...whose, items: value };
  const error = errorIn(document);
  return error && { ...whose, items: [], error };
}

/** Whether one of the answers is the refusal to show what a stopped machine's interface is subject to. */
export function isRefusedFor(answers: readonly InterfaceAnswer[], what: 'Routes' | 'SecurityGroups'): boolean {
  return answers.some(({ error }) => error && isOfStoppedMachine(error.code) && error.code.endsWith(what));
}

/** Whether an answer holds something of a kind. */
export function isAbout({ items }: InterfaceAnswer, isOfKind: (item: unknown) => boolean): boolean {
  return items.slice(0, LOOKED_AT).some(isOfKind);
}

/** What could not be read, for a reading's reason; undefined where there is nothing of that. */
export function reasonOfGaps(answers: readonly InterfaceAnswer[], unreadable: number): string | undefined {
  const errors = answers.flatMap(({ error }) => (error ? [reasonOfError(error)] : []));
  const gaps = [...new Set(errors)].slice(0, 3);
  if (unreadable > 0) gaps.push(`${unreadable} of ${answers.length} answers hold entries that could not be read`);
  return gaps.length === 0 ? undefined : gaps.join('; ');
}
