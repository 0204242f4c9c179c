import { readFileSync } from 'node:fs';

/** The package's version. Its file lies two folders up from here, in the sources as in the build. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version?: unknown;
  };
  return typeof version === 'string' ? version : '0.0.0';
}
