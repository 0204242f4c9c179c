/**
 * Reading the settings of sinks. An error names the setting and says what is expected, and never shows the value: it
 * is a secret, and whoever mistyped it will see the error in a log.
 */

const LONGEST_URL = 4_000;
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** The setting's value without the blanks around it; undefined where it is absent or blank. */
export function settingValue(values: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const value = values[name]?.trim();
  return value === '' ? undefined : value;
}

/** A URL to post to: absolute, https (http only on this machine), without credentials. Throws an Error otherwise. */
export function settingUrl(values: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const value = settingValue(values, name);
  if (value === undefined) return undefined;
  const problem = urlProblem(value);
  if (problem !== undefined) throw new Error(`${name} ${problem}`);
  return value;
}

function urlProblem(value: string): string | undefined {
  if (value.length > LONGEST_URL) return `is longer than ${LONGEST_URL} characters`;
  // `new URL` forgives blanks, line breaks and a single slash; a value that needs that was not copied whole.
  if (!/^https?:\/\/[^\s/\\]/i.test(value) || /\s/.test(value) || !URL.canParse(value)) {
    return 'must be an absolute https URL';
  }
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  if (protocol === 'http:' && !LOOPBACK.test(hostname)) return 'must be an https URL (http only for this machine)';
  return undefined;
}
