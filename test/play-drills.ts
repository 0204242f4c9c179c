import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { rules } from '../src/causes/index.ts';
import { diagnose } from '../src/core/diagnose.ts';
import type { Snapshot } from '../src/core/evidence.ts';
import { evidenceKinds } from '../src/evidence/index.ts';
import { readSnapshot } from '../src/evidence/read-snapshot.ts';
import { fileOf } from '../src/evidence/snapshot-files.ts';
import { type DrillOutcome, playDrill } from '../src/local/drill.ts';
import { judgeDrill } from '../src/local/judge-drill.ts';
import { createSupervisor, type Supervisor } from '../src/local/processes.ts';
import { makeBuild, startStack } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';
import { scenarios } from '../src/simulator/scenarios/index.ts';

/**
 * Every drill, from the alert to the delivered message, over the built functions, real storage and the real SDK clients.
 * Test files run side by side and the tests of one file do not, so the drills are dealt out to several files.
 */

let supervisor: Supervisor | undefined;
let made: Awaited<ReturnType<typeof makeBuild>> | undefined;

async function play(scenario: (typeof scenarios)[number]['name']) {
  supervisor = createSupervisor();
  const stack = await startStack(supervisor, { scenario, port: 0, build: made?.build });
  return { stack, outcome: await playDrill(stack) };
}

/** The verdicts over the stored snapshot, read back as the command line reads it. */
async function storedVerdicts(settings: Readonly<Record<string, string>>, { incident }: DrillOutcome) {
  const { snapshots } = createPorts({ ...settings, LOG_LEVEL: 'error' });
  const list = (await snapshots.loadDocument(`${incident.snapshot}/snapshot.json`)) as Snapshot;
  const evidence = await Promise.all(
    list.evidence.map(async (item) => ({
      ...item,
      raw: await snapshots.loadDocument(`${incident.snapshot}/${fileOf(item)}.json`),
    })),
  );
  return diagnose(readSnapshot({ ...list, evidence }, evidenceKinds), rules).verdicts;
}

/** Declares the tests of every `of`th drill, beginning with the given one. */
export function describeDrills(first: number, of: number): void {
  beforeAll(async () => {
    made = await makeBuild();
  });
  afterAll(async () => {
    await made?.stop();
  });

  describe.each(scenarios.filter((_, index) => index % of === first))('$name', (scenario) => {
    afterEach(async () => {
      await supervisor?.stop();
    });

    test('ends as it should, told everywhere', async () => {
      const { stack, outcome } = await play(scenario.name);
      const { incident, report } = outcome;
      expect(judgeDrill(scenario, outcome)).toEqual([]);

      const arrived = stack.simulator.inbox.all();
      expect(arrived.filter(({ outcome: taken }) => taken !== 'accepted')).toEqual([]);
      // The pager is told of a serious alert at once, and again with what was found; everybody else once, of trouble alone.
      const pages = incident.timeline.filter(({ event }) => event === 'paged').length;
      const told = report.healthy ? [] : ['slack', 'teams', 'webhook'];
      const paged = report.healthy ? pages * 2 : pages + 1;
      // What changed before is told beside it, where it is known, and once.
      const changes = arrived.filter(({ action }) => action === 'change');
      expect(changes.length).toBeLessThanOrEqual(1);
      const messages = arrived.filter((each) => !changes.includes(each));
      expect(messages.map(({ receiver }) => receiver).toSorted()).toEqual([...Array(paged).fill('pagerduty'), ...told]);
      expect(report.healthy ? ['resolved', 'recovering'] : ['open', 'mitigated', 'recovering']).toContain(
        incident.state,
      );

      expect(await storedVerdicts(stack.settings, outcome)).toEqual(report.verdicts);
    });
  });
}
