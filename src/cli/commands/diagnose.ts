import { parseArgs } from 'node:util';
import { rules } from '../../causes/index.ts';
import { nearestChange } from '../../core/changes.ts';
import { type Diagnosis, diagnose as judge } from '../../core/diagnose.ts';
import type { EvidenceSummary } from '../../core/evidence.ts';
import type { Readings } from '../../core/readings.ts';
import { evidenceKinds } from '../../evidence/index.ts';
import { readSnapshot } from '../../evidence/read-snapshot.ts';
import { CliError, type Command, type Io } from '../command.ts';
import { diagnosisJson, printJson } from '../diagnosis-json.ts';
import { diagnosisText } from '../diagnosis-text.ts';
import { readLive } from '../live.ts';
import { readInput } from '../read-input.ts';
import { screenFor } from '../screen.ts';
import { clip, plainLine } from '../terminal-text.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage diagnose <path|-> [options]
       appgw-triage diagnose --gateway <resource id> [options]

Names the cause of an Application Gateway's 502s, with the evidence, the fix and
what is still missing. It changes nothing.

  <path>        a file, or a folder of files (*.json, *.ndjson, *.jsonl, *.log)
  -             standard input
  --gateway ID  read this gateway now, with your own az login; takes up to two
                minutes, because backend health does

Files are recognised by what they hold, whatever their names: backend health
first of all, and the gateway, access logs, metrics or Resource Health as az,
the REST API or a log export print them.

Options:
  --json        print one JSON object instead of text
  --color       colour even where the output is no terminal
  --no-color    no colour (the variable NO_COLOR does the same)
  -h, --help    show this help

Exit code: 0 when the input could be read, whatever the diagnosis; 2 when not.
Settings for other clouds, and limits: ARM_ENDPOINT, LOGS_ENDPOINT, ARM_CALLS,
LOOKBACK_MINUTES, INVESTIGATION_SECONDS.

Examples:
  az network application-gateway show-backend-health -g rg -n gw \\
    | appgw-triage diagnose -

  mkdir gw
  az network application-gateway show-backend-health -g rg -n gw >gw/health.json
  az network application-gateway show -g rg -n gw >gw/gateway.json
  appgw-triage diagnose gw
`;

export const diagnose = { help, run } satisfies Command;

const options = {
  json: { type: 'boolean' },
  color: { type: 'boolean' },
  gateway: { type: 'string' },
} as const;

/** In characters; file names in it come from outside. */
const MAX_WARNING_LENGTH = 400;

async function run(args: readonly string[], io: Io): Promise<void> {
  const { source, json, color } = readUsage(args);
  const { diagnosis, readings } =
    'gateway' in source ? await readLive(source.gateway, io) : await readFiles(source.path, io);
  const change = nearestChange(readings);
  const { stdout } = io;
  if (json) {
    stdout.write(printJson(diagnosisJson(diagnosis, change)));
    return;
  }
  const screen = screenFor(io, color);
  const knownEvidence = evidenceKinds.filter((kind) => kind.isFirst).map((kind) => kind.name);
  stdout.write(diagnosisText(diagnosis, rules, { screen, knownEvidence, change }));
}

async function readFiles(path: string, io: Io): Promise<{ diagnosis: Diagnosis; readings: Readings }> {
  const { snapshot, hasManifest, warnings } = await readInput(path, io, evidenceKinds);
  const readings = readSnapshot(snapshot, evidenceKinds);
  // Files that only look like readings are input that cannot be read. A snapshot of failed reads is a finding.
  const isUnreadable = !hasManifest && readings.evidence.every(({ state }) => state === 'failed');
  if (isUnreadable) throw new CliError(describeUnreadable(path, readings.evidence));
  for (const warning of warnings)
    io.stderr.write(`appgw-triage: warning: ${clip(plainLine(warning), MAX_WARNING_LENGTH)}\n`);
  return { diagnosis: judge(readings, rules), readings };
}

function describeUnreadable(path: string, [first]: readonly EvidenceSummary[]): string {
  const reason = first?.reason?.replace(/\.$/, '') ?? 'no reason is known';
  return `${path === '-' ? 'stdin' : path} cannot be read as ${first?.name ?? 'anything known'}: ${reason}`;
}

type Source = { readonly path: string } | { readonly gateway: string };

function readUsage(args: readonly string[]): { source: Source; json: boolean; color?: boolean } {
  const { values, positionals } = parse(args);
  const { json = false, color, gateway } = values;
  const [path, ...more] = positionals;
  const rest = { json, ...(color === undefined ? {} : { color }) };
  if (gateway !== undefined) {
    if (path !== undefined) throw new CliError('diagnose takes a path or --gateway, not both');
    return { source: { gateway }, ...rest };
  }
  if (path === undefined)
    throw new CliError('diagnose needs a file, a folder, - for stdin, or --gateway; see diagnose --help');
  if (more.length > 0) throw new CliError('diagnose takes one path; put several files into a folder and give that');
  return { source: { path }, ...rest };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw usageError(error, 'diagnose');
  }
}
