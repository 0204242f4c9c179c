import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { rules } from '../causes/index.ts';
import { type Screen, screenOf } from '../cli/screen.ts';
import {
  DEFAULT_SCENARIO,
  isScenarioName,
  type ScenarioName,
  scenarioNamed,
  scenarios,
} from '../simulator/scenarios/index.ts';
import type { DrillOutcome } from './drill.ts';
import { incidentText } from './incident-text.ts';
import { createSupervisor, type Supervisor } from './processes.ts';
import { type Stack, startStack } from './stack.ts';

// Before the SDKs are loaded, so that they compile once per machine and not once per start.
enableCompileCache();

const HELP = `Plays a drill from the alert to the delivered incident, without Azure.

  npm start                         play the default drill, then stay up
  npm start -- --scenario NAME      play another one
  npm start -- --once               end after the drill: 0 if the incident arrived, 1 if not
  npm start -- --port N             the port of the functions; 0, the default, takes any free one
  npm start -- --verbose            show the log of the functions

Scenarios:
${scenarios.map(({ name, title }) => `  ${name.padEnd(22)} ${title}`).join('\n')}
`;

interface Arguments {
  readonly scenario: ScenarioName;
  readonly port: number;
  readonly once: boolean;
  readonly verbose: boolean;
}

/** Returns the exit code. */
async function main(): Promise<number> {
  const chosen = readArguments();
  if (chosen === 'help') return print(HELP, 0);
  if (typeof chosen === 'string') return complain(chosen, 2);

  const supervisor = createSupervisor();
  try {
    const result = await Promise.race([play(supervisor, chosen), supervisor.ended]);
    if ('cause' in result) return result.cause === 'signal' ? 130 : complain(result.reason, 1);
    const drill = scenarioNamed(chosen.scenario);
    print(incidentText(drill, result.outcome, rules, terminal()), 0);
    if (chosen.once) return 0;

    print(describeStack(result.stack, result.outcome), 0);
    const end = await supervisor.ended;
    return end.cause === 'signal' ? 0 : complain(end.reason, 1);
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error), 1);
  } finally {
    await supervisor.stop();
  }
}

async function play(supervisor: Supervisor, { scenario, port, verbose }: Arguments) {
  const onHostLine = verbose ? (line: string) => void process.stderr.write(`${line}\n`) : undefined;
  const stack = await startStack(supervisor, { scenario, port, onHostLine });
  const { playDrill } = await import('./drill.ts');
  return { stack, outcome: await playDrill(stack) };
}

/** One sentence where they cannot be used. */
function readArguments(): Arguments | 'help' | string {
  let values: { scenario?: string; port?: string; once?: boolean; verbose?: boolean; help?: boolean };
  try {
    const flag = { type: 'boolean', default: false } as const;
    const options = { scenario: { type: 'string' }, port: { type: 'string' }, once: flag, verbose: flag } as const;
    ({ values } = parseArgs({ options: { ...options, help: { ...flag, short: 'h' } } }));
  } catch {
    return 'The options are --once, --scenario NAME, --port N, --verbose and --help.';
  }
  const { scenario = DEFAULT_SCENARIO, port: portText = '0', once = false, verbose = false, help } = values;
  if (help) return 'help';
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  if (!(port <= 65_535)) return '--port has to be a number from 0 to 65535.';
  if (!isScenarioName(scenario)) return `The scenarios are: ${scenarios.map(({ name }) => name).join(', ')}.`;
  return { scenario, port, once, verbose };
}

function terminal(): Screen {
  const { isTTY, columns } = process.stdout;
  return screenOf({ isTerminal: isTTY === true, columns, platform: process.platform, env: process.env });
}

function describeStack({ hostUrl, functionKey, simulator }: Stack, { incident }: DrillOutcome): string {
  const others = scenarios.map(({ name }) => name).join(', ');
  return `
Still running. To look at:
  ${simulator.httpUrl}/sim/inbox    what Slack, Teams and PagerDuty received
  ${simulator.httpUrl}/sim/state    the simulated world

To try:
  Send the alert once more; it joins incident ${incident.id} and nobody is told twice:
    curl -s ${simulator.httpUrl}/sim/alert | curl -s -H 'content-type: application/json' -H 'x-functions-key: ${functionKey}' -d @- ${hostUrl}/api/alerts/azure-monitor
  Play another drill (npm start -- --scenario NAME):
    ${others}
  Point the same diagnosis at a real gateway, from a terminal with az:
    az network application-gateway show-backend-health -g <group> -n <gateway> | npx appgw-triage diagnose -

Ctrl-C ends everything.
`;
}

function print(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

function complain(line: string, code: number): number {
  process.stderr.write(`${line}\n`);
  return code;
}

process.exitCode = await main();
// Whatever a library still holds open (a pooled connection, a watcher) must not keep the terminal waiting.
process.exit();
