import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rules } from '../src/causes/index.ts';
import { nearestChange } from '../src/core/changes.ts';
import { diagnose } from '../src/core/diagnose.ts';
import { allCases, evidenceOf, readingsOf } from './cases.ts';

/** What changed before is told beside the verdicts, and touches none of them. */

const cases = await allCases();

const ids = [
  'Microsoft.Network/applicationGateways/gw-shop',
  'Microsoft.Network/networkSecurityGroups/nsg-app',
  'Microsoft.Network/routeTables/rt-app',
  'Microsoft.Compute/virtualMachines/vm-ord-1',
].map((rest) => `/subscriptions/5a0c1d3e-0000-4000-8000-000000000000/resourceGroups/rg-app-weu/providers/${rest}`);

const changes = fc.array(
  fc.record({
    targetResourceId: fc.constantFrom(...ids),
    changeType: fc.constantFrom('Create', 'Update', 'Delete'),
    minute: fc.nat(59),
    path: fc.constantFrom('properties.securityRules[0].properties.access', 'tags.owner', 'sku.capacity'),
    newValue: fc.constantFrom('Deny', 'Allow', '0', 'null'),
  }),
  { maxLength: 5 },
);

test('changes of resources beside any case change no verdict', () => {
  fc.assert(
    fc.property(fc.constantFrom(...cases), changes, (situation, found) => {
      const data = found.map(({ targetResourceId, changeType, minute, path, newValue }) => ({
        targetResourceId,
        changeType,
        changeTime: `2026-09-14T01:${String(minute).padStart(2, '0')}:00Z`,
        changes: { [path]: { previousValue: 'null', newValue } },
      }));
      const evidence = evidenceOf(situation);
      const before = readingsOf(evidence);
      const after = readingsOf([...evidence, { name: 'resource-changes', state: 'ok', raw: { data } }]);
      expect(diagnose(after, rules).verdicts).toEqual(diagnose(before, rules).verdicts);
    }),
  );
});

test('of every case there is an answer: a change that calls itself a correlation, or the reason why none is named', () => {
  for (const situation of cases) {
    const found = nearestChange(readingsOf(evidenceOf(situation)));
    const says = found.outcome === 'named' ? found.change.sentence : found.reason;
    expect({ name: situation.name, says }).toEqual({
      name: situation.name,
      says: expect.stringMatching(/a correlation in time, not a proof\.|^(No|Neither) .*\.$/),
    });
  }
});
