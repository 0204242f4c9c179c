import { enableCompileCache } from 'node:module';
import { isNamed } from '../core/verdict.ts';
import { ENDPOINTS, type Endpoint } from '../simulator/faults.ts';
import type { Scenario } from '../simulator/scenario.ts';
import { isScenarioName, type ScenarioName, scenarios } from '../simulator/scenarios/index.ts';
import { type DrillOutcome, playDrill } from './drill.ts';
import { judgeDrill } from './judge-drill.ts';
import { createSupervisor } from './processes.ts';
import { makeBuild, type Stack, startStack } from './stack.ts';

enableCompileCache();

/**
 * Plays every drill from the alert to the delivered message and prints what each came to. Ends with 1 if any went wrong.
 * Names of scenarios as arguments play those alone.
 */
const ELSEWHERE: readonly Endpoint[] = ['logs', 'token', 'slack', 'teams', 'pagerduty', 'webhook'];
const ARM = ENDPOINTS.filter((endpoint) => !ELSEWHERE.includes(endpoint));

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !isScenarioName(name));
if (unknown !== undefined) {
  process.stderr.write(
    `There is no drill named ${unknown}. The drills: ${scenarios.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

let isWrong = false;
const { build, stop } = await makeBuild();
print('drill', 'verdict', 'cause', 'rounds', 'ARM calls', 'seconds', '');
for (const scenario of scenarios) {
  if (chosen.length > 0 && !chosen.includes(scenario.name)) continue;
  isWrong = !(await play(scenario)) || isWrong;
}
await stop();
process.exitCode = isWrong ? 1 : 0;
process.exit();

async function play(scenario: Scenario<ScenarioName>): Promise<boolean> {
  const supervisor = createSupervisor();
  try {
    const ended = supervisor.ended.then((end) => {
      throw new Error(end.cause === 'lost' ? end.reason : 'stopped');
    });
    const stack = await Promise.race([startStack(supervisor, { scenario: scenario.name, port: 0, build }), ended]);
    return report(scenario, stack, await Promise.race([playDrill(stack), ended]));
  } catch (error) {
    print(scenario.name, '-', '-', '-', '-', '-', error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    await supervisor.stop();
  }
}

function report(scenario: Scenario, { simulator }: Stack, outcome: DrillOutcome): boolean {
  const { report: found, tookMs } = outcome;
  const best = found.verdicts.find(isNamed);
  const calls = ARM.reduce((sum, endpoint) => sum + simulator.requests(endpoint), 0);
  const problems = judgeDrill(scenario, outcome);
  const verdict = best?.verdict ?? (found.healthy ? 'healthy' : 'open');
  const seconds = (tookMs / 1000).toFixed(1);
  print(
    scenario.name,
    verdict,
    best?.cause ?? '-',
    String(found.rounds.length),
    String(calls),
    seconds,
    problems.join(' '),
  );
  return problems.length === 0;
}

function print(...cells: readonly string[]): void {
  const widths = [28, 11, 30, 7, 10, 8, 0];
  process.stdout.write(
    `${cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(' ')
      .trimEnd()}\n`,
  );
}
