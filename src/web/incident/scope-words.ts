import type { Scope } from '../../core/verdict.ts';
import { count, html, type Value } from '../layout/markup.ts';
import { name } from '../layout/parts.ts';

/** What a verdict is about: "At 10.20.4.7 of pool-orders through https-orders". */
export function scopeWords({ pool, setting, members = [], gateway }: Scope): Value {
  const place = pool === undefined ? undefined : [name(pool), setting !== undefined && html` through ${name(setting)}`];
  const [only] = members;
  const who =
    only !== undefined && members.length === 1
      ? name(only)
      : members.length > 0
        ? count(members.length, 'member')
        : undefined;
  if (place && who !== undefined) return html`At ${who} of ${place}`;
  if (place) return html`At ${place}`;
  if (who !== undefined) return html`At ${who}`;
  return gateway === undefined ? 'At the gateway as a whole' : html`At gateway ${name(gateway)}`;
}
