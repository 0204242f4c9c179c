import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_SCENARIO, isScenarioName, scenarios } from './scenarios/index.ts';
import { startSimulator } from './simulator.ts';

/** Runs the simulator alone: `node src/simulator/main.ts [--scenario NAME] [--https-port N] [--http-port N] [--ca FILE]`. */
async function main(): Promise<number> {
  let values: { scenario?: string; 'https-port'?: string; 'http-port'?: string; ca?: string };
  try {
    ({ values } = parseArgs({
      options: {
        scenario: { type: 'string' },
        'https-port': { type: 'string' },
        'http-port': { type: 'string' },
        ca: { type: 'string' },
      },
    }));
  } catch {
    return usage('The options are --scenario, --https-port, --http-port and --ca.');
  }
  const { scenario = DEFAULT_SCENARIO } = values;
  if (!isScenarioName(scenario)) return usage(`The scenarios are: ${scenarios.map(({ name }) => name).join(', ')}.`);
  const httpsPort = readPort(values['https-port']);
  const httpPort = readPort(values['http-port']);
  if (httpsPort === undefined || httpPort === undefined) return usage('A port is a number from 0 to 65535.');
  const simulator = await startSimulator({ scenario, httpsPort, httpPort, members: true });
  if (values.ca !== undefined) writeFileSync(values.ca, simulator.caPem);
  const lines = [
    `Scenario             ${scenario}`,
    `Resource Manager     ${simulator.httpsUrl}`,
    `Log Analytics        ${simulator.httpsUrl}/v1`,
    `Slack                ${simulator.httpUrl}/slack/services/T000/B000/XXXX`,
    `Slack Web API        ${simulator.httpUrl}/slack/api`,
    `Teams                ${simulator.httpUrl}/teams/workflows/drill`,
    `PagerDuty            ${simulator.httpUrl}/pagerduty/v2/enqueue`,
    `PagerDuty REST API   ${simulator.httpUrl}/pagerduty`,
    `Webhook              ${simulator.httpUrl}/webhook`,
    `Alert to post        ${simulator.httpUrl}/sim/alert`,
    `What arrived         ${simulator.httpUrl}/sim/inbox`,
    `IDENTITY_ENDPOINT    ${simulator.identity.IDENTITY_ENDPOINT}`,
    `IDENTITY_HEADER      ${simulator.identity.IDENTITY_HEADER}`,
    `PROBER_DRILL         ${JSON.stringify(simulator.drill)}`,
    `Authority to trust   ${values.ca ?? 'pass --ca FILE to write it'}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await simulator.close();
  return 0;
}

function readPort(text: string | undefined): number | undefined {
  const port = Number(text ?? 0);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

function usage(line: string): number {
  process.stderr.write(`${line}\n`);
  return 2;
}

process.exitCode = await main().catch(() => {
  process.stderr.write('The simulator could not start; a port may be in use, or the file cannot be written.\n');
  return 1;
});
