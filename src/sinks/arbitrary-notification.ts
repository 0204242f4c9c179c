import fc from 'fast-check';
import type { Notification } from '../core/notification.ts';
import { VERDICT_LEVELS } from '../core/verdict.ts';

/** Huge and hostile notifications for the sinks' property tests. */

/** Stands in every query string and every password of the hostile texts; must never be in a message. */
export const QUERY_SECRET = 'QUERYSECRET';
/** Where every hostile link points; must never be a link. */
export const EVIL_HOST = 'evil.example';

const FRAGMENTS = [
  '<!channel>',
  '<!here|x>',
  '<@U012AB3CD>',
  `<https://${EVIL_HOST}|Open the gateway in the Azure portal>`,
  `[the fix](https://${EVIL_HOST}/x)`,
  `https://${EVIL_HOST}/login`,
  `https://admin:${QUERY_SECRET}@${EVIL_HOST}/x?sig=${QUERY_SECRET}&sp=r`,
  `/orders/list?token=${QUERY_SECRET}`,
  `?key=${QUERY_SECRET}`,
  '<at>everyone</at>',
  '<script>alert(1)</script>',
  '@channel',
  '@here',
  '*bold*',
  '_italic_',
  '~struck~',
  '**strong**',
  '# heading',
  '> quote',
  '- item',
  '`code`',
  '```',
  ':skull:',
  '{{DATE(2026-10-01T00:00:00Z,SHORT)}}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template for another program.
  '${$root.title}',
  '&amp;',
  '&lt;',
  '&&&&&&&&',
  '<<<<>>>>',
  '"quoted"',
  '\\u202e\\',
  '\u202ereversed\u202c',
  '\u2066isolated\u2069',
  'zero\u200bwidth\u200d\ufeff',
  '\u{e0041}\u{e007f}',
  '\u0000\u001b[31m\u007f\u0085',
  '\u2028\u2029',
  '\n\n> line\r\n',
  '\ud83d',
  '\ude00',
  '😀👩‍👩‍👧',
  '漢字かな',
  'e\u0301\u0301\u0301\u0301\u0301',
  'pool_orders',
  '10.20.4.7',
  'fe80::1:100:2',
  '',
  ' ',
] as const;

const fragment = fc.constantFrom(...FRAGMENTS);
const shortText = fc.array(fragment, { maxLength: 6 }).map((parts) => parts.join(' '));
/** A hostile text, now and then one far longer than any message. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: shortText },
  { weight: 2, arbitrary: fc.array(fragment, { maxLength: 4 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.tuple(fragment, fc.constantFrom(100, 700, 5_000)).map(([part, n]) => part.repeat(n)) },
);

const many = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.array(value, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.tuple(value, fc.constantFrom(30, 300)).map(([one, n]) => Array<Value>(n).fill(one)) },
  );
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const verdict = fc.constantFrom(...VERDICT_LEVELS);
const missing = fc.record({ read: hostileText, command: maybe(hostileText) });
const time = fc.oneof(fc.constant('2026-10-01T03:12:07.000Z'), hostileText);

export const hostileNotification: fc.Arbitrary<Notification> = fc.record({
  incidentId: hostileText,
  revision: fc.nat(1_000),
  kind: fc.constantFrom('opened', 'updated', 'resolved', 'test', 'digest'),
  severity: fc.constantFrom('critical', 'error', 'warning', 'info'),
  gateway: fc.record({
    id: hostileText,
    name: hostileText,
    resourceGroup: maybe(hostileText),
    subscription: maybe(hostileText),
    portalUrl: maybe(
      // The host is a setting of ours; what follows holds names from outside.
      fc
        .tuple(
          fc.constantFrom('https://portal.azure.com/#@/resource/', 'https://portal.azure.com/', 'javascript:', ''),
          shortText,
        )
        .map(([start, text]) => (start === '' ? text.replaceAll('://', '') : `${start}${text}`)),
    ),
  }),
  headline: hostileText,
  note: maybe(hostileText),
  pagerdutyIncidentId: maybe(hostileText),
  recovery: maybe(
    fc.record({
      minutes: fc.oneof(fc.nat(100_000), fc.constantFrom(-1, Number.NaN, Infinity, 0.5)),
      places: many(fc.record({ place: hostileText, before: hostileText, after: hostileText })),
    }),
  ),
  digest: maybe(
    fc.record({
      audited: fc.nat(1_000),
      items: many(
        fc.record({
          gateway: hostileText,
          check: hostileText,
          title: hostileText,
          news: fc.constantFrom('new', 'worse'),
          costs: hostileText,
          says: hostileText,
          because: fc.record({ evidence: hostileText, quote: hostileText, says: hostileText }),
          fix: fc.record({ text: hostileText, command: maybe(hostileText), undo: maybe(hostileText) }),
        }),
      ),
      unread: many(fc.record({ gateway: hostileText, reason: hostileText })),
    }),
  ),
  fired: many(hostileText),
  causes: many(
    fc.record({
      cause: hostileText,
      title: hostileText,
      verdict,
      scope: fc.record({
        gateway: maybe(hostileText),
        pool: maybe(hostileText),
        setting: maybe(hostileText),
        members: maybe(many(hostileText)),
      }),
      because: many(fc.record({ evidence: hostileText, quote: hostileText, says: hostileText })),
      fix: many(fc.record({ text: hostileText, command: maybe(hostileText), undo: maybe(hostileText) })),
      doNot: many(hostileText),
    }),
  ),
  alternatives: many(fc.record({ cause: hostileText, title: hostileText, verdict, missing: many(missing) })),
  affected: many(
    fc.record({ pool: hostileText, setting: hostileText, unhealthy: many(hostileText), total: fc.nat(100_000) }),
  ),
  impact: hostileText,
  unreadable: many(fc.record({ evidence: hostileText, reason: hostileText })),
  nextRead: maybe(missing),
  nearestChange: maybe(
    fc.record({
      at: time,
      what: hostileText,
      by: maybe(hostileText),
      property: maybe(hostileText),
      before: maybe(hostileText),
      after: maybe(hostileText),
      minutesBefore: fc.nat(1_440),
      sentence: hostileText,
    }),
  ),
  openedAt: time,
  at: time,
});

/** Everything as long as it gets, made of one text throughout. */
export function hugeNotification(text: string, kind: Notification['kind'] = 'opened'): Notification {
  const list = <Value>(value: Value) => Array<Value>(1_000).fill(value);
  const step = { text, command: text, undo: text };
  const read = { read: text, command: text };
  const cause = {
    cause: text,
    title: text,
    verdict: 'likely',
    scope: { gateway: text, pool: text, setting: text, members: list(text) },
    because: Array(40).fill({ evidence: text, quote: text, says: text }),
    fix: Array(40).fill(step),
    doNot: Array(40).fill(text),
  } as const;
  return {
    incidentId: text,
    revision: 1,
    kind,
    severity: 'critical',
    gateway: {
      id: text,
      name: text,
      resourceGroup: text,
      subscription: text,
      portalUrl: `https://portal.azure.com/#@/resource/${text}`,
    },
    headline: text,
    note: text,
    digest: {
      audited: 1_000,
      items: list({
        ...{ gateway: text, check: text, title: text, news: 'new', costs: text, says: text, fix: step },
        because: { evidence: text, quote: text, says: text },
      } as const),
      unread: list({ gateway: text, reason: text }),
    },
    recovery: { minutes: 100_000, places: list({ place: text, before: text, after: text }) },
    fired: list(text),
    causes: Array(100).fill(cause),
    alternatives: list({ cause: text, title: text, verdict: 'possible', missing: [read] } as const),
    affected: list({ pool: text, setting: text, unhealthy: list(text), total: 1_000 }),
    impact: text,
    unreadable: list({ evidence: text, reason: text }),
    nextRead: read,
    nearestChange: {
      ...{ at: text, what: text, by: text, property: text, before: text, after: text },
      ...{ minutesBefore: 1_440, sentence: text },
    },
    openedAt: text,
    at: text,
  };
}
