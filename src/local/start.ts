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
import type { Run } from './board/run.ts';
import type { DrillOutcome } from './drill.ts';
import { incidentText } from './incident-text.ts';
import { createSupervisor, type Supervisor } from './processes.ts';
import { type Stack, startStack } from './stack.ts';
import { createStreamDrill, STREAM_DRILL } from './stream-drill.ts';

// Before the SDKs are loaded, so that they compile once per machine and not once per start.
enableCompileCache();

const HELP = `Opens the drill board and plays a drill from the alert to the delivered incident, without Azure.

  npm start                         open the board, play the default drill, then stay up
  npm start -- --scenario NAME      play another one
  npm start -- --stream             play the one in which the access log comes by event hub
  npm start -- --once               end after the drill: 0 if the incident arrived, 1 if not
  npm start -- --port N             the port of the functions; 0, the default, takes any free one
  npm start -- --board-port N       the port of the board; 0, the default, takes any free one
  npm start -- --verbose            show the log of the functions

Scenarios:
${scenarios.map(({ name, title }) => `  ${name.padEnd(22)} ${title}`).join('\n')}
`;

interface Arguments {
  readonly scenario: ScenarioName;
  /** Whether the drill of the access-log stream is played, in place of the scenario. */
  readonly stream: boolean;
  readonly port: number;
  readonly boardPort: number;
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
    const drill = chosen.stream ? STREAM_DRILL : scenarioNamed(chosen.scenario);
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

async function play(supervisor: Supervisor, { scenario, stream, port, boardPort, once, verbose }: Arguments) {
  const onHostLine = verbose ? (line: string) => void process.stderr.write(`${line}\n`) : undefined;
  if (stream) {
    const drill = createStreamDrill();
    const played = await startStack(supervisor, { ...drill.options, port, onHostLine });
    const { ended, report, tookMs } = await drill.play(played);
    return { stack: played, outcome: { incident: ended, report, tookMs } };
  }
  if (!once) {
    const { startBoard } = await import('./board/board.ts');
    const { url, board } = await supervisor.start(() =>
      startBoard({ port: boardPort, functionsPort: port, ...(onHostLine ? { onHostLine } : {}) }),
    );
    print(`The drill board: ${url}\n\n`, 0);
    return outcomeOf(await board.start(scenario, 'watch').settled);
  }
  const stack = await startStack(supervisor, { scenario, port, onHostLine });
  const { playDrill } = await import('./drill.ts');
  return { stack, outcome: await playDrill(stack) };
}

/** What the board played, as the terminal tells it. */
function outcomeOf({ stack, state }: Awaited<Run['settled']>): {
  readonly stack: Stack;
  readonly outcome: DrillOutcome;
} {
  const { incident, report, toldTookMs: tookMs } = state;
  if (!stack || !incident || !report || tookMs === undefined)
    throw new Error(state.problem ?? 'The drill was stopped.');
  return { stack, outcome: { incident, report, tookMs } };
}

/** One sentence where they cannot be used. */
function readArguments(): Arguments | 'help' | string {
  let values: {
    scenario?: string;
    port?: string;
    'board-port'?: string;
    stream?: boolean;
    once?: boolean;
    verbose?: boolean;
    help?: boolean;
  };
  try {
    const flag = { type: 'boolean', default: false } as const;
    const flags = { stream: flag, once: flag, verbose: flag };
    const text = { type: 'string' } as const;
    const options = { scenario: text, port: text, 'board-port': text, ...flags } as const;
    ({ values } = parseArgs({ options: { ...options, help: { ...flag, short: 'h' } } }));
  } catch {
    return 'The options are --once, --scenario NAME, --stream, --port N, --board-port N, --verbose and --help.';
  }
  const {
    scenario = DEFAULT_SCENARIO,
    port: portText = '0',
    'board-port': boardPortText = '0',
    stream = false,
    once = false,
    verbose = false,
    help,
  } = values;
  if (help) return 'help';
  const [port, boardPort] = [portText, boardPortText].map((digits) => (/^\d{1,5}$/.test(digits) ? Number(digits) : -1));
  if (!isPort(port) || !isPort(boardPort)) return '--port and --board-port have to be numbers from 0 to 65535.';
  if (!isScenarioName(scenario)) return `The scenarios are: ${scenarios.map(({ name }) => name).join(', ')}.`;
  return { scenario, stream, port, boardPort, once, verbose };
}

function isPort(port: number | undefined): port is number {
  return port !== undefined && port >= 0 && port <= 65_535;
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
  Play another drill on the board, or from here (npm start -- --scenario NAME):
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
