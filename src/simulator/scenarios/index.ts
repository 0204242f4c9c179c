import type { Scenario } from '../scenario.ts';
import { MINUTE_MS, type World } from '../world.ts';
import { allHealthy } from './all-healthy.ts';
import { backendAccessRestricted } from './backend-access-restricted.ts';
import { backendNameWrongAddress } from './backend-name-wrong-address.ts';
import { backendNotListening } from './backend-not-listening.ts';
import { backendNsg } from './backend-nsg.ts';
import { certificateChainIncomplete } from './certificate-chain-incomplete.ts';
import { certificateName } from './certificate-name.ts';
import { certificateUntrustedRoot } from './certificate-untrusted-root.ts';
import { clientsGiveUp } from './clients-give-up.ts';
import { emptyPool } from './empty-pool.ts';
import { expiredCertificate } from './expired-certificate.ts';
import { flashSale } from './flash-sale.ts';
import { gatewayNsg } from './gateway-nsg.ts';
import { gatewayStopped } from './gateway-stopped.ts';
import { greenSoFar } from './green-so-far.ts';
import { healthyBut502 } from './healthy-but-502.ts';
import { hostHeaderRejected } from './host-header-rejected.ts';
import { hostWithoutRule } from './host-without-rule.ts';
import { idleConnections } from './idle-connections.ts';
import { largeUploads } from './large-uploads.ts';
import { lockedGateway } from './locked-gateway.ts';
import { machineStopped } from './machine-stopped.ts';
import { morningAfter } from './morning-after.ts';
import { networkPathBlocked } from './network-path-blocked.ts';
import { oneMemberDown } from './one-member-down.ts';
import { outOfBreath } from './out-of-breath.ts';
import { partnerTimeout } from './partner-timeout.ts';
import { platformTrouble } from './platform-trouble.ts';
import { podsMoved } from './pods-moved.ts';
import { podsNotReady } from './pods-not-ready.ts';
import { probe204 } from './probe-204.ts';
import { probeAsksDatabase } from './probe-asks-database.ts';
import { probeAuth } from './probe-auth.ts';
import { probeBodyMismatch } from './probe-body-mismatch.ts';
import { probeHostNotServed } from './probe-host-not-served.ts';
import { probePath404 } from './probe-path-404.ts';
import { probePathAndHost } from './probe-path-and-host.ts';
import { probeRedirect } from './probe-redirect.ts';
import { probeTiming } from './probe-timing.ts';
import { refusedWrites } from './refused-writes.ts';
import { rollingRestart } from './rolling-restart.ts';
import { routeToAppliance } from './route-to-appliance.ts';
import { searchAsYouType } from './search-as-you-type.ts';
import { slowEndpoint } from './slow-endpoint.ts';
import { staleMembers } from './stale-members.ts';
import { tlsHandshakeFailed } from './tls-handshake-failed.ts';
import { twoAtOnce } from './two-at-once.ts';
import { unknownAndWell } from './unknown-and-well.ts';
import { unresolvedBackendName } from './unresolved-backend-name.ts';
import { waf403 } from './waf-403.ts';
import { wellAgain } from './well-again.ts';
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
  probe204,
  probeAsksDatabase,
  gatewayNsg,
  idleConnections,
  outOfBreath,
  rollingRestart,
  largeUploads,
  searchAsYouType,
  clientsGiveUp,
  hostWithoutRule,
  podsNotReady,
  podsMoved,
  refusedWrites,
  partnerTimeout,
  flashSale,
  platformTrouble,
  lockedGateway,
  unknownAndWell,
  morningAfter,
  greenSoFar,
  twoAtOnce,
  wellAgain,
  unresolvedBackendName,
  backendNameWrongAddress,
  backendNotListening,
  networkPathBlocked,
  backendAccessRestricted,
  certificateUntrustedRoot,
  certificateChainIncomplete,
  tlsHandshakeFailed,
  probeHostNotServed,
  hostHeaderRejected,
  probeTiming,
  probeBodyMismatch,
  probePathAndHost,
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
