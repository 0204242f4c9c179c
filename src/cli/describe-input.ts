import { parseDocuments } from '../evidence/documents.ts';
import { fieldsOf, isObject, textOf } from '../evidence/json.ts';

/** What an input is that cannot be diagnosed: people should not have to guess which of their pipes went wrong. */

/** What the error codes of Azure Resource Manager that reads commonly meet ask of the user. */
const ADVICE: Readonly<Record<string, string>> = {
  AuthorizationFailed: 'the signed-in identity may not read this',
  LinkedAuthorizationFailed: 'the signed-in identity may not read this',
  ScopeLocked: 'a read-only lock refuses this read',
  ResourceNotFound: 'check the name, resource group and subscription',
  ResourceGroupNotFound: 'check the name of the resource group, and the subscription',
  NotFound: 'check the name, resource group and subscription',
  SubscriptionNotFound: 'check the subscription',
  InvalidAuthenticationToken: 'sign in again with az login',
  InvalidAuthenticationTokenTenant: 'sign in to the right tenant with az login',
  ExpiredAuthenticationToken: 'sign in again with az login',
  TooManyRequests: 'Azure is throttling, so wait a minute',
};

/** Codes are identifiers; anything else is not repeated. */
const CODE = /^[A-Za-z][A-Za-z0-9_.]{1,80}$/;

/**
 * Why a text holds no JSON document, as a fragment that fits behind the name of the input. `reason` is what the parser
 * made of it.
 */
export function describeText(text: string, reason: string): string {
  const start = text.slice(0, 4_096).replace(/^\ufeff/, '');
  if (start.trim() === '') return 'is empty';
  if (start.startsWith('\u001f\ufffd')) return 'is compressed; unpack it with gunzip first';
  if (start.startsWith('PK\u0003\u0004')) return 'is a zip archive; unpack it first';
  if (isBinary(start)) return 'is binary data, not JSON';
  return describeAzError(start) ?? describeOtherFormat(start) ?? sentenceToFragment(reason);
}

/** Text that holds other control characters than white space and escape, or many bytes that are no characters. */
function isBinary(start: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells binary data from text.
  const odd = start.match(/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/g)?.length ?? 0;
  return odd > start.length / 50;
}

function describeAzError(start: string): string | undefined {
  const line = start.split(/\r?\n/).find((candidate) => /^\s*(error\b|\(\w+\)|az: |usage: az\b)/i.test(candidate));
  if (line === undefined) return undefined;
  if (/az login|AADSTS\d+|refresh token/i.test(start))
    return "is an error message of az, not its output: az is not signed in, so run 'az login' first";
  const code = /\(([A-Za-z]\w{1,80})\)/.exec(line)?.[1];
  if (code === undefined) return 'is an error message, not the output of a command; run the command alone to see it';
  return `is an error message of az, not its output: ${withAdvice(code)}`;
}

function withAdvice(code: string): string {
  const advice = ADVICE[code];
  return advice === undefined ? code : `${code}, ${advice}`;
}

function describeOtherFormat(start: string): string | undefined {
  if (/^\s*</.test(start)) {
    const isPage = /^\s*<(!doctype html|html|head|body)/i.test(start);
    return `is ${isPage ? 'an HTML page' : 'XML or HTML'}, not JSON`;
  }
  if (/^[A-Za-z]\w*( {2,}[A-Za-z]\w*)*\s*\n-{3,}/.test(start)) return 'is a table, not JSON; add --output json to az';
  if (/^(---\s*\n)?-?\s*[A-Za-z]\w*:(\s|$)/.test(start))
    return 'is YAML or plain text, not JSON; add --output json to az';
  return undefined;
}

function sentenceToFragment(reason: string): string {
  return reason.replace(/^The input /, '').replace(/\.$/, '');
}

/** What JSON documents are that no kind of evidence recognises, as a fragment behind the name of the input. */
export function describeDocuments(documents: readonly unknown[]): string {
  const [document] = documents;
  if (document === null) return 'is the JSON value null, which Azure answers before it has a result; read it again';
  const code = errorCode(document);
  if (code !== undefined) return `is an error of Azure instead of a reading: ${withAdvice(code)}`;
  const fields = fieldsOf(document);
  const schema = textOf(fields.get('schema')) ?? '';
  if (schema.startsWith('appgw-triage/snapshot')) return 'is the list of a snapshot; give the folder that holds it';
  if (schema.startsWith('appgw-triage/diagnosis')) return 'is a diagnosis already, not a reading';
  if (fields.has('schemaid') || fields.has('alertcontext'))
    return 'is an alert, not a reading; pipe the output of az network application-gateway show-backend-health';
  return 'is JSON, but no reading that is known here; try the output of az network application-gateway show-backend-health';
}

/** The code of an ARM error in any of its three shapes. */
function errorCode(document: unknown): string | undefined {
  const fields = fieldsOf(document);
  const inner = fields.get('error');
  const holder = isObject(inner) ? fieldsOf(inner) : fields;
  if (!isObject(inner) && !fields.has('message')) return undefined;
  const code = textOf(holder.get('code'));
  if (code === undefined) return undefined;
  if (/^\d{3}$/.test(code)) return `HTTP ${code}`;
  return CODE.test(code) ? code : 'an unreadable code';
}

export type ReadText =
  | { readonly documents: readonly unknown[]; readonly unreadLines: number }
  /** Why there is none, as a fragment behind the name of the input. */
  | { readonly problem: string };

/** Lines that az writes to stderr and that `2>&1` puts before its output. */
const LEADING_WARNINGS = /^(\ufeff?\s*(WARNING: |This command is |Command group )[^\n]*\n)+/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours that az writes with --output jsonc.
const COLORS = /\u001b\[[0-9;]*m/g;

/** The JSON documents in a text, or what the text is instead. */
export function readText(text: string): ReadText {
  const parsed = parseDocuments(text);
  if (!('error' in parsed)) return parsed;
  // Both stand in front of and inside otherwise good output, so they are taken off only where it did not parse.
  const cleaned = text.replace(COLORS, '').replace(LEADING_WARNINGS, '');
  const again = cleaned === text ? parsed : parseDocuments(cleaned);
  return 'error' in again ? { problem: describeText(cleaned, again.error) } : again;
}

/** The warning about lines that were no JSON among lines that were. */
export function describeUnread(shownAs: string, lines: number): readonly string[] {
  if (lines === 0) return [];
  return [`${shownAs}: ${lines === 1 ? '1 line is' : `${lines} lines are`} no JSON and left out`];
}
