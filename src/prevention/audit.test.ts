import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectWhole } from '../../test/audited.ts';
import { allCases, evidenceOf, readingsOf } from '../../test/cases.ts';
import { rules } from '../causes/index.ts';
import type { Readings } from '../core/readings.ts';
import { evidenceKinds } from '../evidence/index.ts';
import { auditReadings } from '../platform/audit-posture.ts';
import { audit, isAtLeast, newsSince } from './audit.ts';
import { type Check, COSTS, type Finding } from './check.ts';
import { composeDigest, toldOf } from './digest.ts';
import { auditSteps, checks, unforeseen } from './index.ts';

const evidenceNames = evidenceKinds.map(({ name }) => name);

describe('the list of checks', () => {
  test('holds every file, and every file is in the list', () => {
    const files = readdirSync(new URL('./checks/', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
    expect(checks.map(({ id }) => id).toSorted()).toEqual(files.toSorted());
  });

  test('prevents every cause, but for those that say why nothing can', () => {
    const prevented = new Set(checks.flatMap(({ prevents }) => prevents));
    const ids = rules.map(({ id }) => id);
    expect([...prevented, ...Object.keys(unforeseen)].toSorted()).toEqual(ids.toSorted());
    expect(Object.keys(unforeseen).filter((id) => prevented.has(id))).toEqual([]);
  });

  test.each(checks.map((check) => [check.id, check] as const))('%s says what it is', (_, check) => {
    expect(check.title).toMatch(/[^.]$/);
    expect(check.meaning).toMatch(/\.$/);
    for (const spot of check.blindSpots) expect(spot).toMatch(/\.$/);
    expect(check.blindSpots.length).toBeGreaterThan(0);
    for (const name of check.reads) expect(evidenceNames).toContain(name);
  });

  test('everything that is read is read for a check, and the configuration first', () => {
    const read = auditSteps.flat();
    expect(read.filter((name) => !checks.some(({ reads }) => reads.includes(name)))).toEqual([]);
    expect(auditSteps[0]).toContain('gateway');
    expect(new Set(read).size).toBe(read.length);
  });
});

const finding = (more: Partial<Finding>): Finding => ({
  ...{ cost: 'pool', nearness: 'someday', scope: {}, says: 'It is so.' },
  because: [{ evidence: 'gateway', quote: 'x', says: 'So it is.' }],
  fix: [{ text: 'Mend it.' }],
  ...more,
});

function checkOf(id: string, judge: Check['judge']): Check {
  return {
    ...{ id, title: id, costsUpTo: 'outage', prevents: [], reads: [], meaning: '', blindSpots: [] },
    judge,
  };
}

const finds = (id: string, ...findings: readonly Finding[]) => checkOf(id, () => ({ findings, notJudged: [] }));
const nothing: Readings = { evidence: [] };

describe('audit', () => {
  test('ranks by cost, then by how near it is, then by the day', () => {
    const { findings } = audit(nothing, [
      finds('a', finding({ cost: 'hygiene', nearness: 'now' }), finding({ nearness: 'soon' })),
      finds('b', finding({ nearness: 'soon', daysLeft: 9 }), finding({ nearness: 'soon', daysLeft: 3 })),
      finds('c', finding({ cost: 'outage' }), finding({ nearness: 'now' })),
    ]);
    expect(findings.map(({ cost, nearness, daysLeft }) => [cost, nearness, daysLeft])).toEqual([
      ['outage', 'someday', undefined],
      ['pool', 'now', undefined],
      ['pool', 'soon', 3],
      ['pool', 'soon', 9],
      ['pool', 'soon', undefined],
      ['hygiene', 'now', undefined],
    ]);
  });

  test('a check that breaks is not judged, and costs no other its findings', () => {
    const broken = checkOf('broken', () => {
      throw new Error('boom');
    });
    const { findings, checks: outcomes } = audit(nothing, [broken, finds('b', finding({}))]);
    expect(findings).toHaveLength(1);
    expect(outcomes.map(({ check, outcome }) => [check, outcome])).toEqual([
      ['broken', 'not-judged'],
      ['b', 'found'],
    ]);
  });

  test('a key is the place and the check: nothing measured, no upper case, members in any order', () => {
    const keyOf = (more: Partial<Finding>) => audit(nothing, [finds('a', finding(more))]).findings[0]?.key;
    expect(keyOf({ scope: { pool: 'P', members: ['b', 'a'] }, says: 'One.', daysLeft: 3 })).toBe(
      keyOf({ scope: { pool: 'p', members: ['a', 'b'] }, says: 'Two.', daysLeft: 2 }),
    );
    expect(keyOf({ scope: { pool: 'p' } })).not.toBe(keyOf({ scope: { setting: 'p' } }));
  });
});

describe('news', () => {
  const of = (...findings: readonly Finding[]) => audit(nothing, [finds('a', ...findings)]).findings;

  test('is what was not there, and what has become dearer or nearer', () => {
    const before = of(finding({ scope: { pool: 'a' } }), finding({ scope: { pool: 'b' } }));
    expect(newsSince(before, before)).toEqual([]);
    expect(newsSince([], before).map(({ kind }) => kind)).toEqual(['new', 'new']);
    const after = of(
      finding({ scope: { pool: 'a' }, nearness: 'soon' }),
      finding({ scope: { pool: 'b' }, cost: 'requests', nearness: 'now' }),
    );
    // Less dear, though nearer, is not worse.
    expect(newsSince(before, after).map(({ kind, finding: one }) => [kind, one.scope.pool])).toEqual([['worse', 'a']]);
  });

  test('a digest tells no hygiene, names the one gateway, and is empty where nothing is new', () => {
    const id = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw';
    const news = newsSince([], of(finding({ scope: { pool: 'a' } }), finding({ cost: 'hygiene' })));
    const told = toldOf(id, news);
    const base = { id: 'x', at: '2026-01-01T00:00:00Z', audited: 1, unread: [], portalUrl: 'https://portal.azure.com' };
    expect(composeDigest({ ...base, told })).toMatchObject({
      ...{ kind: 'digest', severity: 'warning', headline: 'Daily audit: 1 finding is new.' },
      gateway: { name: 'gw', resourceGroup: 'rg' },
      digest: { audited: 1, items: [{ news: 'new', gateway: 'gw' }] },
    });
    expect(composeDigest({ ...base, told: [] })).toBeUndefined();
    const many = Array.from({ length: 60 }, () => told).flat();
    expect(composeDigest({ ...base, told: many })?.digest?.items.length).toBe(25);
  });
});

test('costs are compared as they are ranked', () => {
  expect(COSTS.map((cost) => isAtLeast(cost, 'pool'))).toEqual([true, true, false, false]);
});

describe('over every case of every rule', () => {
  test('whatever is found is cited from what was read, and nothing throws', async () => {
    const cases = await allCases();
    expect(cases.length).toBeGreaterThan(200);
    for (const situation of cases) {
      const evidence = evidenceOf(situation);
      const readings = auditReadings(readingsOf(evidence), evidence);
      const names = readings.evidence.map(({ name }) => name);
      const result = audit(readings, checks);
      for (const one of result.findings) expectWhole(one, names);
      expect(JSON.stringify(result.checks)).not.toContain('This check failed');
      for (const { costsUpTo, id } of checks)
        for (const one of result.findings.filter(({ check }) => check === id))
          expect(isAtLeast(one.cost, costsUpTo) ? one.cost : costsUpTo).toBe(costsUpTo);
    }
  });

  test('taking evidence away never leaves a finding that rests on it', async () => {
    const cases = (await allCases()).filter((_, index) => index % 15 === 0);
    for (const situation of cases) {
      const evidence = evidenceOf(situation);
      for (const left of evidence) {
        const fewer = evidence.filter((item) => item !== left);
        const readings = auditReadings(readingsOf(fewer), fewer);
        const names = readings.evidence.map(({ name }) => name);
        for (const one of audit(readings, checks).findings) expectWhole(one, names);
      }
    }
  });
});

describe('hostile readings', () => {
  const hostile = fc.oneof(
    fc.constantFrom('', ' ', '*', '10.0.0.4', '::1', '999.1.1.1', 'a'.repeat(5_000), '"; rm -rf /', '\u202e', '../..'),
    fc.string({ maxLength: 30 }),
  );
  const number = fc.oneof(fc.constantFrom(0, -1, 1, 20, 1e9, 0.5), fc.integer());
  const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const some = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { maxLength: 3 });
  const gateway = fc.record({
    name: maybe(hostile),
    tier: maybe(fc.constantFrom('Standard', 'WAF_v2', 'x')),
    provisioningState: maybe(hostile),
    autoscaleMaxCapacity: maybe(number),
    tags: fc.dictionary(hostile, hostile, { maxKeys: 2 }),
    subnetIds: some(hostile),
    wafAttached: maybe(fc.boolean()),
    pools: some(fc.record({ name: hostile, addresses: some(hostile), nicIpConfigurationIds: some(hostile) })),
    settings: some(
      fc.record({
        name: hostile,
        protocol: maybe(fc.constantFrom('Http', 'Https', 'Tls', 'x')),
        port: maybe(number),
        requestTimeoutSeconds: maybe(number),
        hostName: maybe(hostile),
        pickHostNameFromBackendAddress: maybe(fc.boolean()),
        probeName: maybe(hostile),
        path: maybe(hostile),
        trustedRootNames: some(hostile),
        validateSni: maybe(fc.boolean()),
      }),
    ),
    probes: some(
      fc.record({
        name: hostile,
        protocol: maybe(hostile),
        host: maybe(hostile),
        path: maybe(hostile),
        port: maybe(number),
        intervalSeconds: maybe(number),
        timeoutSeconds: maybe(number),
        unhealthyThreshold: maybe(number),
        acceptedStatusCodes: some(hostile),
        matchBody: maybe(hostile),
      }),
    ),
    listeners: some(fc.record({ name: hostile, protocol: maybe(hostile), hostNames: some(hostile) })),
    routes: some(
      fc.record({
        rule: hostile,
        listener: maybe(hostile),
        paths: some(hostile),
        pool: maybe(hostile),
        setting: maybe(hostile),
        redirects: fc.boolean(),
      }),
    ),
    trustedRootNames: some(hostile),
    trustedRoots: maybe(some(fc.record({ name: hostile, data: hostile }))),
  });
  const nic = fc.record({
    id: hostile,
    addresses: some(hostile),
    subnetIds: some(hostile),
    machineId: maybe(hostile),
    privateEndpointId: maybe(hostile),
  });
  const readings = fc.record({
    takenAt: maybe(hostile),
    evidence: some(fc.record({ name: fc.constantFrom(...evidenceNames), state: fc.constantFrom('ok', 'failed') })),
    gateway: maybe(gateway),
    interfaces: maybe(some(nic)),
    posture: maybe(
      fc.record({
        certificates: some(fc.record({ name: hostile, data: maybe(hostile), keyVaultSecretId: maybe(hostile) })),
        certificateOf: fc.dictionary(hostile, hostile, { maxKeys: 3 }),
      }),
    ),
    traffic: maybe(
      fc.record({
        groups: some(
          fc.record({
            pool: maybe(hostile),
            setting: maybe(hostile),
            status: number,
            serverStatus: maybe(number),
            count: number,
            transactionIds: fc.constant([]),
            serverLatency: maybe(fc.record({ min: number, p50: number, p95: number, max: number })),
          }),
        ),
        unread: fc.constant(0),
        minutes: fc.constant([]),
      }),
    ),
  });

  test('no check throws, and every finding is whole', () => {
    fc.assert(
      fc.property(readings, (read) => {
        const result = audit(read as unknown as Readings, checks);
        expect(JSON.stringify(result.checks)).not.toContain('This check failed');
        for (const { because, fix, says } of result.findings) {
          expect([because.length > 0, fix.length > 0, says !== '']).toEqual([true, true, true]);
        }
      }),
      { numRuns: 150 },
    );
  });
});
