import type { Scenario } from '../scenario.ts';
import { MINUTE_MS, type World } from '../world.ts';
import { allHealthy } from './all-healthy.ts';
import { backendNsg } from './backend-nsg.ts';
import { certificateName } from './certificate-name.ts';
import { emptyPool } from './empty-pool.ts';
import { expiredCertificate } from './expired-certificate.ts';
import { gatewayStopped } from './gateway-stopped.ts';
import { healthyBut502 } from './healthy-but-502.ts';
import { machineStopped } from './machine-stopped.ts';
import { oneMemberDown } from './one-member-down.ts';
import { probeAuth } from './probe-auth.ts';
import { probePath404 } from './probe-path-404.ts';
import { probeRedirect } from './probe-redirect.ts';
import { routeToAppliance } from './route-to-appliance.ts';
import { slowEndpoint } from './slow-endpoint.ts';
import { staleMembers } from './stale-members.ts';
import { waf403 } from './waf-403.ts';
import { wrongPort } from './wrong-port.ts';

const catalogue = [
  wrongPort,
  probePath404,
  probeAuth,
  probeRedirect,
  certificateName,
  expiredCertificate,
  emptyPool,
  slowEndpoint,
  oneMemberDown,
  healthyBut502,
  gatewayStopped,
  waf403,
  backendNsg,
  routeToAppliance,
  machineStopped,
  staleMembers,
  allHealthy,
] as const;

export type ScenarioName = (typeof catalogue)[number]['name'];

/** Every drill, the default one first. */
export const scenarios: readonly Scenario<ScenarioName>[] = catalogue;

export const DEFAULT_SCENARIO: ScenarioName = 'wrong-port';

export function isScenarioName(name: string): name is ScenarioName {
  return scenarios.some((scenario) => scenario.name === name);
}

export function scenarioNamed(name: ScenarioName): Scenario<ScenarioName> {
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (!scenario) throw new Error('There is no scenario of this name.');
  return scenario;
}

/** The world of a scenario that starts now; minute 0 is the minute of `now`. */
export function worldOf(name: ScenarioName, now: Date): World {
  const startedAt = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS).toISOString();
  return { startedAt, ...scenarioNamed(name).world };
}
