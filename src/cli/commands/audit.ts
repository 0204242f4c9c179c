import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { evidenceKinds } from '../../evidence/index.ts';
import { type AuditFinding, type GatewayAudit, isAtLeast } from '../../prevention/audit.ts';
import { COSTS, type Cost } from '../../prevention/check.ts';
import { checks } from '../../prevention/index.ts';
import { type AuditReport, auditJson } from '../audit-json.ts';
import { auditLive, scopesOf } from '../audit-live.ts';
import { auditText } from '../audit-text.ts';
import { CliError, type Command, type Io } from '../command.ts';
import { printJson } from '../diagnosis-json.ts';
import { junitReport } from '../junit.ts';
import { ownVersion } from '../own-version.ts';
import { readInput } from '../read-input.ts';
import { sarifLog } from '../sarif.ts';
import { screenOf } from '../screen.ts';
import { clip, plainLine } from '../terminal-text.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage audit <path|-> [options]
       appgw-triage audit --gateway ID [--gateway ID ...] [options]
       appgw-triage audit --subscription ID [--resource-group NAME] [options]

Looks for what will fail next: certificates about to end, members listed by
addresses that change, probes that ask for something else than requests do,
timeouts without headroom, rules and routes that were tightened. Ranked by what
it would cost, each with its fix and the undo. It changes nothing.

  <path>, -            a snapshot: files as diagnose takes them, offline

Options:
  --gateway ID         a gateway's resource id, read now with your own az login;
                       may be repeated
  --subscription ID    all gateways of a subscription
  --resource-group NAME
                       only those of one resource group of it
  --skip CHECK         leave a check out; may be repeated
  --fail-on COST       exit 1 where a finding costs at least that much: outage,
                       pool, requests or hygiene
  --sarif FILE         also write SARIF 2.1.0, for code scanning
  --junit FILE         also write JUnit XML, for pipelines
  --all                tell every finding with its details, hygiene too
  --json               print one JSON object instead of text
  --color              colour even where the output is no terminal
  --no-color           no colour (the variable NO_COLOR does the same)
  -h, --help           show this help

Exit code: 0 when it could be read, whatever was found; 1 with --fail-on, when
something costs that much or a gateway could not be read; 2 on bad usage, or
when nothing could be read.

Examples:
  appgw-triage audit --subscription "$(az account show --query id -o tsv)"

  appgw-triage snapshot --gateway "$ID" --out gw
  appgw-triage audit gw --fail-on pool --junit audit.xml
`;

export const audit = { help, run } satisfies Command;

const options = {
  gateway: { type: 'string', multiple: true },
  subscription: { type: 'string', multiple: true },
  'resource-group': { type: 'string' },
  skip: { type: 'string', multiple: true },
  'fail-on': { type: 'string' },
  sarif: { type: 'string' },
  junit: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  color: { type: 'boolean' },
} as const;

const EXIT_FOUND = 1;
/** In characters; file names in it come from outside. */
const MAX_WARNING_LENGTH = 400;

async function run(args: readonly string[], io: Io): Promise<void> {
  const usage = readUsage(args);
  const { source, skip, failOn } = usage;
  const read = 'scopes' in source ? await auditLive(source.scopes, io) : await auditFiles(source.path, io);
  const report: AuditReport = { ...read, audits: read.audits.map((one) => without(one, skip)) };
  const isFailure = ({ cost }: AuditFinding) => isAtLeast(cost, failOn ?? 'hygiene');
  const shown = checks.filter(({ id }) => !skip.includes(id));
  if (usage.sarif !== undefined) {
    const path = 'path' in source && source.path !== '-' ? { path: source.path } : {};
    await save(usage.sarif, printJson(sarifLog(report, { checks: shown, version: ownVersion(), ...path })));
  }
  if (usage.junit !== undefined) await save(usage.junit, junitReport(report, isFailure));

  const { stdout, env } = io;
  const { json, color, isWhole } = usage;
  const isTerminal = stdout.isTTY === true;
  const screen = screenOf({
    isTerminal,
    columns: stdout.columns,
    platform: process.platform,
    env,
    ...(color === undefined ? {} : { color }),
  });
  stdout.write(json ? printJson(auditJson(report)) : auditText(report, { screen, isWhole }));
  const isHeldBack = report.unread.length > 0 || report.audits.some(({ findings }) => findings.some(isFailure));
  if (failOn !== undefined && isHeldBack) process.exitCode = EXIT_FOUND;
}

async function auditFiles(path: string, io: Io): Promise<AuditReport> {
  const { snapshot, warnings } = await readInput(path, io, evidenceKinds);
  for (const warning of warnings)
    io.stderr.write(`appgw-triage: warning: ${clip(plainLine(warning), MAX_WARNING_LENGTH)}\n`);
  const { auditSnapshot, unreadReason } = await import('../../platform/audit-gateway.ts');
  const judged = auditSnapshot(snapshot, new Date().toISOString());
  // Every check turns on what is configured, so without that nothing at all was audited.
  const gateway = judged.evidence.find(({ name }) => name === 'gateway');
  if (gateway?.state !== 'ok') {
    const reason = (gateway?.reason ?? unreadReason(snapshot) ?? 'it is not there').replace(/\.$/, '');
    throw new CliError(
      `an audit needs the gateway's configuration (az network application-gateway show): ${gateway ? reason : 'none was given'}`,
    );
  }
  return { audits: [judged], unread: [] };
}

function without(judged: GatewayAudit, skip: readonly string[]): GatewayAudit {
  return {
    ...judged,
    findings: judged.findings.filter(({ check }) => !skip.includes(check)),
    checks: judged.checks.filter(({ check }) => !skip.includes(check)),
  };
}

async function save(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new CliError(`${path} could not be written (${code})`);
  }
}

interface Usage {
  readonly source: { readonly path: string } | { readonly scopes: readonly string[] };
  readonly skip: readonly string[];
  readonly failOn?: Cost;
  readonly sarif?: string;
  readonly junit?: string;
  readonly json: boolean;
  readonly isWhole: boolean;
  readonly color?: boolean;
}

function readUsage(args: readonly string[]): Usage {
  const { values, positionals } = parse(args);
  const { gateway = [], subscription = [], skip = [], sarif, junit, json = false, all = false, color } = values;
  const [path, ...more] = positionals;
  const resourceGroup = values['resource-group'];
  const scopes = scopesOf({
    gateways: gateway,
    subscriptions: subscription,
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
  });
  if (path !== undefined && scopes.length > 0)
    throw new CliError('audit takes a path, or gateways that are read now, not both');
  if (path === undefined && scopes.length === 0)
    throw new CliError('audit needs a file, a folder, - for stdin, --gateway or --subscription; see audit --help');
  if (more.length > 0) throw new CliError('audit takes one path; put several files into a folder and give that');
  const unknown = skip.find((id) => !checks.some((check) => check.id === id));
  if (unknown !== undefined) throw new CliError(`there is no check ${unknown} to skip`);
  const failOn = COSTS.find((cost) => cost === values['fail-on']);
  if (values['fail-on'] !== undefined && failOn === undefined)
    throw new CliError(`--fail-on takes one of ${COSTS.join(', ')}`);
  return {
    source: path === undefined ? { scopes } : { path },
    skip,
    json,
    isWhole: all,
    ...(failOn === undefined ? {} : { failOn }),
    ...(sarif === undefined ? {} : { sarif }),
    ...(junit === undefined ? {} : { junit }),
    ...(color === undefined ? {} : { color }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw usageError(error, 'audit');
  }
}
