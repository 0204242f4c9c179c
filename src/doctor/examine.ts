import type { GatewayId } from '../core/resource-id.ts';
import { type Check, type DoctorPort, type Finding, type SetUp, STATES, type State } from './check.ts';
import { gatewayChecks, setUpChecks } from './checks/index.ts';

export const DOCTOR_SCHEMA = 'appgw-triage/doctor@1';

export interface Report {
  /** The worst state of all. */
  readonly state: State;
  readonly counts: Readonly<Record<State, number>>;
  /** First what is looked at once, then each gateway. */
  readonly groups: readonly Group[];
}

export interface Group {
  /** The id of the gateway; absent for what is looked at once. */
  readonly gateway?: string;
  readonly findings: readonly CheckedFinding[];
}

export interface CheckedFinding extends Finding {
  /** The id of the check. */
  readonly check: string;
  readonly title: string;
}

/** Runs every check, gateway after gateway, so that a large scope does not ask Azure for everything at once. */
export async function examine(
  port: DoctorPort,
  setUp: SetUp,
  gateways: readonly GatewayId[],
  onGateway: (gateway: GatewayId, index: number) => void = () => {},
): Promise<Report> {
  const groups: Group[] = [{ findings: await runAll(setUpChecks, port, setUp) }];
  for (const [index, gateway] of gateways.entries()) {
    onGateway(gateway, index);
    groups.push({ gateway: gateway.id, findings: await runAll(gatewayChecks, port, { gateway, setUp }) });
  }
  return summarise(groups);
}

export function summarise(groups: readonly Group[]): Report {
  const all = groups.flatMap(({ findings }) => findings.map(({ state }) => state));
  const count = (state: State) => all.filter((one) => one === state).length;
  const counts = { fail: count('fail'), warn: count('warn'), unknown: count('unknown'), ok: count('ok') };
  return { state: STATES.find((state) => counts[state] > 0) ?? 'ok', counts, groups };
}

async function runAll<Subject>(
  checks: readonly Check<Subject>[],
  port: DoctorPort,
  subject: Subject,
): Promise<readonly CheckedFinding[]> {
  const found = await Promise.all(checks.map((check) => run(check, port, subject)));
  return found.flat();
}

async function run<Subject>(
  check: Check<Subject>,
  port: DoctorPort,
  subject: Subject,
): Promise<readonly CheckedFinding[]> {
  const { id, title } = check;
  let findings: readonly Finding[];
  try {
    findings = check.judge(await check.read(port, subject), subject);
  } catch {
    // Reachable only through a defect. One broken check must not cost the others, and must not look like health.
    findings = [{ state: 'unknown', says: `${title}: this check failed on what it read; please report it.` }];
  }
  return findings.map((finding) => ({ check: id, title, ...finding }));
}
