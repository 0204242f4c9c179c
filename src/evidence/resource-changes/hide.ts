/**
 * Which values of changed properties are kept. Azure masks most of its secrets itself, but not app settings, scripts or
 * what people write where it does not belong; a certificate's data is no secret, and too long to say anything.
 */

/** Stands where a value was, in a snapshot; a reader that meets it says that there was one. */
export const HIDDEN = '<not kept>';

const MAX_VALUE_LENGTH = 200;
/** What is looked at for signs of a secret. Longer values are not shown at all. */
const MAX_LOOKED_AT = 20_000;

const SECRET_NAME =
  /secret|passw(?:or)?d|passphrase|\bpwd\b|token|credential|\bsas\b|sas(?:url|uri|key)|connectionstring|(?:shared|access|account|primary|secondary|api|private|host|master|function|subscription|storage|encryption)[-_]?keys?\b|\bkeys?\b|certdata|pfx|signature|authorization|cookie/i;

/** Lists whose values can be anything, and properties that are scripts or files. */
const OPEN_LISTS =
  /app-?settings|environmentvariables|\benv\b|customdata|userdata|commandtoexecute|(?:protected)?settings\b|osprofile|\bscripts?\b|\bheaders?\b|certificates?\b.*\bdata\b/i;

/** The address of a certificate in a vault: it names the certificate, and holds nothing of it. */
const VAULT_REFERENCE = /\bkeyvaultsecretid\W*$/i;

const SECRET_VALUE =
  /-----BEGIN|\beyJ[\w-]{10,}\.|[?&;]?\b(?:sig|password|pwd|accountkey|sharedaccess(?:key|signature))\s*=|[A-Za-z0-9+/]{64,}={0,2}/i;

/** `"clientSecret": "..."` inside a value that is an object. */
const SECRET_FIELD = /"([\w.-]{1,80})"\s*:\s*"[^"]/g;

export function isHiddenProperty(path: string): boolean {
  const text = separated(path);
  return !VAULT_REFERENCE.test(path) && (SECRET_NAME.test(text) || OPEN_LISTS.test(text));
}

/** The backend settings of a gateway are its configuration, and no list of settings that somebody made up. */
function separated(path: string): string {
  return path.replace(/backend(?:http)?settings(?:collection)?/gi, 'backend').replace(/[[\]"'./]+/g, '.');
}

/** A value as it may be kept: bounded, and without query strings and credentials of URLs; undefined where it is hidden. */
export function shownValue(value: string): string | undefined {
  if (value === HIDDEN || value.length > MAX_LOOKED_AT || SECRET_VALUE.test(value)) return undefined;
  for (const [, name = ''] of value.matchAll(SECRET_FIELD)) {
    if (isHiddenProperty(name)) return undefined;
  }
  const plain = value.replace(/:\/\/[^/\s@]*@/g, '://').replace(/\?[^\s"']*=[^\s"']*/g, '');
  return plain.length > MAX_VALUE_LENGTH ? `${plain.slice(0, MAX_VALUE_LENGTH - 1).toWellFormed()}…` : plain;
}
