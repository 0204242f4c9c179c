import { type Check, COST_MEANINGS, COSTS } from '../src/prevention/check.ts';
import { checks, unforeseen } from '../src/prevention/index.ts';

/** docs/audit.md: what the audit looks at, in the checks' own words. */
export function auditPage(): string {
  return `# Audit

Generated from the checks in \`src/prevention\`.

\`appgw-triage audit\` looks for what will fail next: the prevention half of every cause. It reads what a diagnosis reads, over the last 24 hours, changes nothing, and says of each finding what it would cost, what it was read off, how to mend it and how to undo that.

\`\`\`
appgw-triage audit --subscription "$(az account show --query id -o tsv)"
appgw-triage audit --gateway "$ID" --fail-on pool --sarif audit.sarif
appgw-triage snapshot --gateway "$ID" --out gw && appgw-triage audit gw
\`\`\`

A check that lacks its reading says that it was not judged, and names the reading with a command. What was not read is never taken for well.

## What it costs

Findings are ranked by what they would cost, then by how near that is: \`now\`, \`soon\` (a date or a measured limit is close), \`someday\` (something else has to happen first).

${table(
  ['cost', 'means'],
  COSTS.map((cost) => [`\`${cost}\``, COST_MEANINGS[cost]]),
)}

## Checks

${table(
  ['check', 'what is wrong', 'costs up to'],
  checks.map(({ id, title, costsUpTo }) => [`[\`${id}\`](#${id})`, title, `\`${costsUpTo}\``]),
)}

${checks.map(section).join('\n')}
## Causes that cannot be seen coming

${table(
  ['cause', 'why'],
  Object.entries(unforeseen).map(([cause, why]) => [causeLink(cause), why]),
)}

## In a pipeline

\`--fail-on outage|pool|requests|hygiene\` ends with exit code 1 where something costs at least that much, or where a gateway could not be read. \`--skip CHECK\` leaves a check out. \`--sarif FILE\` writes SARIF 2.1.0 (outage and pool are errors, requests warnings, hygiene notes; \`partialFingerprints\` stay the same from run to run). \`--junit FILE\` writes a suite for each gateway and a case for each check: failed where it found something that costs at least as much as \`--fail-on\` says (anything, without it), skipped where it could not be judged.

## JSON

\`--json\` prints one object, \`appgw-triage/audit@1\`:

\`\`\`
{
  "schema": "appgw-triage/audit@1",
  "gateways": [{
    "gateway": { "id", "name", "resourceGroup" },
    "takenAt",
    "findings": [{
      "check", "cost", "nearness", "daysLeft"?,
      "scope": { "gateway"?, "pool"?, "setting"?, "probe"?, "listener"?, "certificate"?, "resource"?, "members"? },
      "says",
      "because": [{ "evidence", "quote" }],
      "missing": [{ "read", "command"? }],
      "fix": [{ "text", "command"?, "undo"? }],
      "prevents": [cause],
      "key"
    }],
    "checks": [{ "check", "outcome": "clean" | "found" | "not-judged", "missing": [{ "read", "command"? }] }],
    "evidence": [{ "name", "state", "takenAt"?, "reason"? }]
  }],
  "unread": [{ "id", "reason" }]
}
\`\`\`

Findings come in the order of what they cost. \`key\` is the same for the same finding from day to day.

## Every day

An installation audits the gateways that it knows once a day, from the hour \`AUDIT_HOUR\` (UTC; \`off\` switches it off): those that had an incident, and those of \`ALLOWED_GATEWAYS\`. It tells only what is new or has become worse since the day before, in one message, and no hygiene; PagerDuty never gets one. A gateway takes at most 30 calls of Resource Manager, and none while an incident may need them.
`;
}

function section({ id, title, meaning, prevents, reads, blindSpots, costsUpTo }: Check): string {
  return `### ${id}

${title}. Costs up to \`${costsUpTo}\`.

${meaning}

Prevents ${prevents.map(causeLink).join(', ')}. Reads ${reads.map((name) => `\`${name}\``).join(', ')}.

${blindSpots.map((spot) => `- Cannot see: ${spot}`).join('\n')}
`;
}

function causeLink(id: string): string {
  return `[\`${id}\`](causes/${id}.md)`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
