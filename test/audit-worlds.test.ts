import { afterEach, expect, test } from '@jest/globals';
import type { GatewayReader } from '../src/app/ports.ts';
import { parseGatewayId } from '../src/core/resource-id.ts';
import { collectSnapshot } from '../src/evidence/collect-snapshot.ts';
import { evidenceKinds } from '../src/evidence/index.ts';
import { auditSnapshot, readForAudit } from '../src/platform/audit-gateway.ts';
import { type ScenarioName, scenarios } from '../src/simulator/scenarios/index.ts';
import { azureClients } from '../src/simulator/sdk-clients.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { gatewayId } from '../src/simulator/world.ts';
import { expectWhole } from './audited.ts';

/** Every world of the simulator, read through the real SDK clients as an audit reads it. */

const NOW = new Date('2026-11-23T10:30:20Z');
/** Long enough for what goes wrong in these worlds, and a day of minutes would only take longer to work out. */
const WINDOW_MS = 20 * 60_000;

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

function readerOf(world: Simulator): GatewayReader {
  const gateway = parseGatewayId(gatewayId(world.world));
  if (!gateway) throw new Error('The world has a gateway.');
  const clients = azureClients(world);
  return {
    read: (names, readings) =>
      collectSnapshot({
        ...{ gateway, clients, readings, from: new Date(NOW.getTime() - WINDOW_MS), to: NOW },
        kinds: evidenceKinds.filter(({ name }) => names.includes(name)),
        abort: new AbortController().signal,
        now: () => NOW.getTime(),
        after: () => () => {},
      }),
    spent: () => undefined,
  };
}

/**
 * What each world holds that costs requests; `hygiene` is not listed. Worlds in which something is broken at the moment
 * are for a diagnosis: an audit names them only where the fault can be read off the configuration.
 */
const EXPECTED: Partial<Record<ScenarioName, readonly string[]>> = {
  'backend-name-wrong-address': ['outage member-names'],
  'backend-nsg': ['pool backend-security'],
  'empty-pool': ['pool pool-without-members'],
  'flash-sale': ['outage capacity-headroom'],
  'gateway-nsg': ['pool gateway-subnet-security'],
  'green-so-far': ['requests probe-pace'],
  'host-header-rejected': ['requests host-names'],
  'host-without-rule': ['requests host-names'],
  'idle-connections': ['requests closed-connections'],
  'large-uploads': ['requests closed-connections'],
  'machine-stopped': ['pool single-member'],
  'morning-after': ['pool single-member'],
  'out-of-breath': ['requests closed-connections'],
  'rolling-restart': ['pool fixed-member-address', 'requests closed-connections'],
  'slow-endpoint': ['requests request-timeout-headroom'],
  'stale-members': ['pool fixed-member-address'],
  'two-at-once': ['pool backend-security'],
};

test.each(scenarios.map(({ name }) => name))('%s', async (scenario) => {
  simulator = await startSimulator({ scenario, now: () => NOW, pendingPolls: 0, retryAfterSeconds: 0 });
  const id = gatewayId(simulator.world);
  const audit = auditSnapshot(await readForAudit(id, readerOf(simulator)));
  const names = audit.evidence.map(({ name }) => name);
  for (const finding of audit.findings) expectWhole(finding, names);
  const costly = audit.findings.filter(({ cost }) => cost !== 'hygiene').map(({ cost, check }) => `${cost} ${check}`);
  expect(costly).toEqual(EXPECTED[scenario] ?? []);
});

test('every world of which something is expected is played', () => {
  const names = scenarios.map(({ name }): string => name);
  expect(Object.keys(EXPECTED).filter((name) => !names.includes(name))).toEqual([]);
});
