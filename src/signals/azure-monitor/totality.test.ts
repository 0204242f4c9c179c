import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SignalParse } from '../../core/signal.ts';
import { describeSignal, severityOf } from '../describe.ts';
import {
  activityLogAlert,
  type Fields,
  logSearchAlert,
  logV1Alert,
  metricAlert,
  olderMetricAlert,
  resourceHealthAlert,
} from './alert-bodies.ts';
import { parseAzureMonitorAlert } from './index.ts';

const digest = (text: string) => `digest of ${text.length}`;

const BODIES: readonly (() => Fields)[] = [
  () => metricAlert({}, {}, { alertSensitivity: 'Low' }),
  () => logSearchAlert(),
  () => logV1Alert(),
  () => resourceHealthAlert(),
  () => activityLogAlert(),
  () => olderMetricAlert(),
];

/** Values of every type, with the texts and keys that are most likely to be stumbled over. */
const anyValue = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true, withNullPrototype: true }),
  fc.jsonValue(),
  fc.constantFrom('', '*', '~', '~~', '__proto__', '\ud800', '\u0000', 'x'.repeat(3000), Number.NaN, -0, 1e308),
  fc.constantFrom({}, [], [[]], [[[]]], [null], null, undefined, '/subscriptions/', '1/1/0001 12:00:00 AM'),
);

function checkShape(parsed: SignalParse): void {
  if (parsed.outcome === 'invalid') {
    expect(parsed.message.length).toBeLessThan(300);
    return;
  }
  if (parsed.outcome === 'not-ours') {
    expect(parsed.reason.length).toBeLessThan(400);
    expect((parsed.title ?? '').length).toBeLessThanOrEqual(200);
    return;
  }
  const { signal } = parsed;
  expect(['fired', 'resolved']).toContain(signal.condition);
  expect(signal.title.length).toBeGreaterThan(0);
  expect(signal.title.length).toBeLessThanOrEqual(200);
  expect(signal.gatewayId.length).toBeLessThan(500);
  expect(signal.criteria.length).toBeLessThanOrEqual(20);
  expect(signal.targets.length).toBeLessThanOrEqual(20);
  // What is stored and read back is the same signal.
  expect(JSON.parse(JSON.stringify(signal))).toEqual(signal);
  const lines = describeSignal(signal);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).not.toMatch(/\p{Cc}|undefined|NaN|\[object/u);
  expect(['critical', 'error', 'warning', 'info']).toContain(severityOf(signal));
}

/** The places of a body that hold a value, as paths. */
function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, held]) => placesIn(held, [...path, key]))];
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((held, at) => (String(at) === key ? replaceAt(held, rest, replacement) : held));
  const fields = value as Fields;
  return { ...fields, [key]: replaceAt(fields[key], rest, replacement) };
}

describe('whatever arrives, reading it returns', () => {
  test('anything at all', () => {
    fc.assert(fc.property(anyValue, (body) => checkShape(parseAzureMonitorAlert(body, digest))));
  });

  test('alerts in which up to four values are replaced by anything', () => {
    const alteredBody = fc.constantFrom(...BODIES).chain((build) => {
      const body = build();
      const alteration = fc.tuple(fc.constantFrom(...placesIn(body).slice(1)), anyValue);
      return fc.array(alteration, { minLength: 1, maxLength: 4 }).map((alterations) => ({ body, alterations }));
    });
    fc.assert(
      fc.property(alteredBody, ({ body, alterations }) => {
        let altered: unknown = body;
        for (const [path, replacement] of alterations) {
          if (hasPlace(altered, path)) altered = replaceAt(altered, path, replacement);
        }
        checkShape(parseAzureMonitorAlert(altered, digest));
      }),
      { numRuns: 2000 },
    );
  });

  test('deep nesting, in any place', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    for (const build of BODIES) {
      const body = build();
      for (const path of placesIn(body)) checkShape(parseAzureMonitorAlert(replaceAt(body, path, deep), digest));
    }
  });

  test('huge lists and objects', () => {
    const list = Array.from({ length: 200_000 }, (_, at) => at);
    const record = Object.fromEntries(list.map((at) => [`key${at}`, at]));
    const results = { tables: [{ rows: [list, list] }, list], dataSources: list };
    for (const huge of [list, record]) {
      checkShape(
        parseAzureMonitorAlert(
          metricAlert({ alertTargetIDs: huge, configurationItems: huge }, { dimensions: huge }),
          digest,
        ),
      );
      checkShape(parseAzureMonitorAlert({ ...metricAlert(), ...(Array.isArray(huge) ? {} : huge) }, digest));
    }
    checkShape(parseAzureMonitorAlert(logV1Alert({}, { Dimensions: list, SearchResults: results }), digest));
  });

  test('keys of prototypes', () => {
    const text = JSON.stringify(metricAlert()).replaceAll(
      '"data"',
      '"__proto__":{"polluted":1},"constructor":{},"data"',
    );
    checkShape(parseAzureMonitorAlert(JSON.parse(text), digest));
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    const inherited = JSON.parse('{"schemaId":"azureMonitorCommonAlertSchema","__proto__":{"data":{"essentials":{}}}}');
    expect(parseAzureMonitorAlert(inherited, digest)).toMatchObject({ code: 'essentials-missing' });
  });
});

function hasPlace(value: unknown, path: readonly string[]): boolean {
  let held = value;
  for (const key of path) {
    if (typeof held !== 'object' || held === null || !Object.hasOwn(held, key)) return false;
    held = (held as Fields)[key];
  }
  return true;
}
