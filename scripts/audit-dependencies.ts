import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Asks npm's advisory service about what is in package-lock.json: `npm run audit-dependencies`. A high or critical finding
 * fails, unless it is explained below; where the service cannot be reached, the check is skipped and says so.
 */

export interface Explanation {
  /** The advisory, such as `GHSA-xxxx-xxxx-xxxx`. */
  readonly advisory: string;
  /** Why it does not matter here. */
  readonly reason: string;
  /** Until when that is believed, as a date; after it the finding fails again. */
  readonly until: string;
}

export const explained: readonly Explanation[] = [];

export type Verdict =
  | { readonly outcome: 'skipped'; readonly reason: string }
  | { readonly outcome: 'passed' | 'failed'; readonly lines: readonly string[] };

interface Via {
  readonly source?: unknown;
  readonly url?: unknown;
  readonly title?: unknown;
  readonly severity?: unknown;
}

const FAILING = ['high', 'critical'];

/** Judges what `npm audit --json` printed. Pure; `today` is an ISO date. What is no report is never a pass. */
export function judgeAudit(text: string, explanations: readonly Explanation[], today: string): Verdict {
  const report = parse(text);
  const { vulnerabilities } = (report ?? {}) as { vulnerabilities?: Readonly<Record<string, unknown>> };
  if (typeof vulnerabilities !== 'object' || vulnerabilities === null) {
    return { outcome: 'skipped', reason: 'the advisory service did not answer with a report' };
  }
  const findings = new Map<string, { readonly via: Via; readonly packages: string[] }>();
  for (const [name, found] of Object.entries(vulnerabilities)) {
    const { via } = (found ?? {}) as { via?: unknown };
    // A string names another package of this report, through which this one is concerned.
    for (const item of Array.isArray(via) ? via : []) {
      if (typeof item !== 'object' || item === null) continue;
      const advisory = advisoryOf(item);
      const known = findings.get(advisory);
      if (known) known.packages.push(name);
      else findings.set(advisory, { via: item as Via, packages: [name] });
    }
  }
  const lines: string[] = [];
  let isFailed = false;
  for (const [advisory, { via, packages }] of findings) {
    const explanation = explanations.find((item) => item.advisory === advisory);
    const isSevere = FAILING.includes(String(via.severity));
    const isCovered = explanation !== undefined && explanation.until >= today;
    const note = explanation
      ? isCovered
        ? `explained: ${explanation.reason}`
        : `explained until ${explanation.until}`
      : '';
    lines.push([advisory, via.severity, packages.join(', '), via.title, note].filter(Boolean).join(' | '));
    if (isSevere && !isCovered) isFailed = true;
  }
  for (const { advisory } of explanations) {
    if (!findings.has(advisory)) lines.push(`${advisory} | is explained, and not found any more: its line can go`);
  }
  return { outcome: isFailed ? 'failed' : 'passed', lines };
}

function advisoryOf({ url, source }: Via): string {
  return /GHSA(-[0-9a-z]{4}){3}/i.exec(String(url))?.[0] ?? `advisory ${String(source)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const { npm_execpath: npm } = process.env;
  const args = ['audit', '--json'];
  const options = {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  } as const;
  const run =
    npm === undefined ? spawnSync('npm', args, options) : spawnSync(process.execPath, [npm, ...args], options);
  const verdict = judgeAudit(run.stdout ?? '', explained, new Date().toISOString().slice(0, 10));
  if (verdict.outcome === 'skipped') {
    process.stdout.write(`The audit of dependencies was skipped: ${verdict.reason}.\n`);
  } else {
    const summary = verdict.outcome === 'failed' ? 'High findings that nobody explained' : 'No high finding';
    process.stdout.write(`${[`${summary}; ${verdict.lines.length} findings.`, ...verdict.lines].join('\n')}\n`);
    process.exitCode = verdict.outcome === 'failed' ? 1 : 0;
  }
}
