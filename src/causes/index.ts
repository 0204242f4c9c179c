import type { Rule } from '../core/rule.ts';
import { backendAccessRestricted } from './backend-access-restricted/rule.ts';
import { backendAnswersErrors } from './backend-answers-errors/rule.ts';
import { backendGenerated } from './backend-generated/rule.ts';
import { backendNameWrongAddress } from './backend-name-wrong-address/rule.ts';
import { backendNotListening } from './backend-not-listening/rule.ts';
import { backendNsgBlocks } from './backend-nsg-blocks/rule.ts';
import { backendRecycling } from './backend-recycling/rule.ts';
import { backendStopped } from './backend-stopped/rule.ts';
import { certificateChainIncomplete } from './certificate-chain-incomplete/rule.ts';
import { certificateExpired } from './certificate-expired/rule.ts';
import { certificateNameMismatch } from './certificate-name-mismatch/rule.ts';
import { certificateUntrustedRoot } from './certificate-untrusted-root/rule.ts';
import { clientClosed } from './client-closed/rule.ts';
import { emptyPool } from './empty-pool/rule.ts';
import { gatewayNotRunning } from './gateway-not-running/rule.ts';
import { gatewaySaturated } from './gateway-saturated/rule.ts';
import { gatewaySubnetNsgBlocks } from './gateway-subnet-nsg-blocks/rule.ts';
import { gatewayUpdateRejected } from './gateway-update-rejected/rule.ts';
import { healthNotReadable } from './health-not-readable/rule.ts';
import { hostHeaderRejected } from './host-header-rejected/rule.ts';
import { ingressControllerLag } from './ingress-controller-lag/rule.ts';
import { ingressPodsNotReady } from './ingress-pods-not-ready/rule.ts';
import { ingressRouteMissing } from './ingress-route-missing/rule.ts';
import { keepaliveMismatch } from './keepalive-mismatch/rule.ts';
import { largeBodyBuffering } from './large-body-buffering/rule.ts';
import { networkPathBlocked } from './network-path-blocked/rule.ts';
import { platformDegraded } from './platform-degraded/rule.ts';
import { probeBodyMismatch } from './probe-body-mismatch/rule.ts';
import { probeHostNotServed } from './probe-host-not-served/rule.ts';
import { probeNeedsAuth } from './probe-needs-auth/rule.ts';
import { probePathNotServed } from './probe-path-not-served/rule.ts';
import { probeRedirected } from './probe-redirected/rule.ts';
import { probeStatusNotAccepted } from './probe-status-not-accepted/rule.ts';
import { probeTiming } from './probe-timing/rule.ts';
import { requestTimeout } from './request-timeout/rule.ts';
import { routeDivertsTraffic } from './route-diverts-traffic/rule.ts';
import { singleMemberUnhealthy } from './single-member-unhealthy/rule.ts';
import { stalePoolMember } from './stale-pool-member/rule.ts';
import { tlsHandshakeFailed } from './tls-handshake-failed/rule.ts';
import { unresolvedBackendName } from './unresolved-backend-name/rule.ts';
import { wafBlocked } from './waf-blocked/rule.ts';
import { wrongBackendPort } from './wrong-backend-port/rule.ts';

/** Every cause that can be named. The order breaks ties between equally good verdicts. */
export const rules: readonly Rule[] = [
  emptyPool,
  stalePoolMember,
  unresolvedBackendName,
  backendNameWrongAddress,
  probePathNotServed,
  probeNeedsAuth,
  probeRedirected,
  probeStatusNotAccepted,
  probeHostNotServed,
  probeBodyMismatch,
  probeTiming,
  backendAnswersErrors,
  networkPathBlocked,
  backendNsgBlocks,
  gatewaySubnetNsgBlocks,
  routeDivertsTraffic,
  backendAccessRestricted,
  wrongBackendPort,
  backendNotListening,
  backendStopped,
  requestTimeout,
  keepaliveMismatch,
  backendRecycling,
  largeBodyBuffering,
  certificateNameMismatch,
  certificateUntrustedRoot,
  certificateChainIncomplete,
  certificateExpired,
  tlsHandshakeFailed,
  singleMemberUnhealthy,
  hostHeaderRejected,
  ingressRouteMissing,
  ingressPodsNotReady,
  ingressControllerLag,
  gatewayNotRunning,
  gatewayUpdateRejected,
  gatewaySaturated,
  platformDegraded,
  healthNotReadable,
  backendGenerated,
  wafBlocked,
  clientClosed,
];
