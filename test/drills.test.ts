import { afterEach, describe, expect, test } from '@jest/globals';
import { rules } from '../src/causes/index.ts';
import { diagnose } from '../src/core/diagnose.ts';
import { isNamed } from '../src/core/verdict.ts';
import { evidenceKinds } from '../src/evidence/index.ts';
import { readSnapshot } from '../src/evidence/read-snapshot.ts';
import { type DrillOutcome, playDrill } from '../src/local/drill.ts';
import { createSupervisor, type Supervisor } from '../src/local/processes.ts';
import { startStack } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';
import { scenarios } from '../src/simulator/scenarios/index.ts';

/** Every drill, from the alert to the delivered message, over the built functions, real storage and the real SDK clients. */
let supervisor: Supervisor | undefined;
afterEach(async () => {
  await supervisor?.stop();
});

async function play(scenario: (typeof scenarios)[number]['name']) {
  supervisor = createSupervisor();
  const stack = await startStack(supervisor, { scenario, port: 0 });
  return { stack, outcome: await playDrill(stack) };
}

/** The evidence of the stored snapshot, read back as the command line reads it. */
async function storedVerdicts(settings: Readonly<Record<string, string>>, { incident, report }: DrillOutcome) {
  const { snapshots } = createPorts({ ...settings, LOG_LEVEL: 'error' });
  const evidence = await Promise.all(
    report.evidence.map(async (item) => ({
      ...item,
      raw: await snapshots.loadDocument(`${incident.snapshot}/${item.name}.json`),
    })),
  );
  return diagnose(readSnapshot({ gatewayId: incident.gatewayId, evidence }, evidenceKinds), rules).verdicts;
}

describe.each(scenarios)('$name', ({ name, expected }) => {
  test('ends in the right cause, told everywhere, with nothing unread', async () => {
    const { stack, outcome } = await play(name);
    const { incident, report } = outcome;

    expect(report.evidence.filter((item) => item.state === 'failed')).toEqual([]);
    expect(report.established).toBe(expected.established);
    const best = report.verdicts.find(isNamed);
    if (expected.established) {
      expect(expected.anyOf).toContain(best?.cause);
      expect(expected.at).toContain(best?.verdict);
    }
    const confirmed = report.verdicts.filter((verdict) => verdict.verdict === 'confirmed').map(({ cause }) => cause);
    for (const cause of confirmed) expect(expected.anyOf).toContain(cause);

    const arrived = stack.simulator.inbox.all().map(({ receiver, outcome: taken }) => `${receiver} ${taken}`);
    const told = ['pagerduty accepted', 'slack accepted', 'teams accepted', 'webhook accepted'];
    expect(arrived.toSorted()).toEqual(report.healthy ? [] : told);
    expect(incident.state).toBe(report.healthy ? 'resolved' : 'open');

    expect(await storedVerdicts(stack.settings, outcome)).toEqual(report.verdicts);
  });
});
