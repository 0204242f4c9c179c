import { fieldsOf, first, isObject, textOf } from './json.ts';

/** The error that somebody saved in the place of an answer. */
export interface ErrorAnswer {
  /** One word: `AuthorizationFailed`. */
  readonly code: string;
  readonly message: string;
}

/** Reads `{"error": {"code", "message"}}`, `{"code", "message"}` and `{"Code", "Message"}`; undefined for all else. */
export function errorIn(document: unknown): ErrorAnswer | undefined {
  const own = fieldsOf(document);
  const inner = own.get('error');
  const fields = isObject(inner) ? fieldsOf(inner) : own;
  const code = textOf(fields.get('code'));
  const message = textOf(first(fields, 'message'));
  if (code === undefined || !/^[\w.-]{1,100}$/.test(code)) return undefined;
  if (message === undefined && !isObject(inner)) return undefined;
  return { code, message: message ?? '' };
}

/** The reason for a reading in whose place an error was saved. The service's own text is left out: it names callers. */
export function reasonOfError({ code, message }: ErrorAnswer): string {
  if (!isOfStoppedMachine(code)) return `the service answered with an error (${code})`;
  const nic = /\/networkInterfaces\/([\w.-]{1,80})/i.exec(message)?.[1]?.replace(/\.+$/, '');
  return `${code}: the network interface${nic === undefined ? '' : ` ${nic}`} is not attached to a running virtual machine`;
}

/** Effective rules and routes exist only while the virtual machine of the interface runs. */
export function isOfStoppedMachine(code: string): boolean {
  return /^NicMustBeAttachedToRunningVm/i.test(code);
}

/** Why none of these documents is an answer: the error that was saved instead, or their shape. */
export function reasonOfNoAnswer(documents: readonly unknown[], whatItIs: string): string {
  const error = documents.map(errorIn).find((found) => found !== undefined);
  return error ? reasonOfError(error) : `the answer does not have the shape of ${whatItIs}`;
}
