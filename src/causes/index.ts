import type { Rule } from '../core/rule.ts';
import { backendAnswersErrors } from './backend-answers-errors/rule.ts';
import { backendGenerated } from './backend-generated/rule.ts';
import { certificateChainIncomplete } from './certificate-chain-incomplete/rule.ts';
import { certificateExpired } from './certificate-expired/rule.ts';
import { certificateNameMismatch } from './certificate-name-mismatch/rule.ts';
import { certificateUntrustedRoot } from './certificate-untrusted-root/rule.ts';
import { clientClosed } from './client-closed/rule.ts';
import { emptyPool } from './empty-pool/rule.ts';
import { gatewayNotRunning } from './gateway-not-running/rule.ts';
import { healthNotReadable } from './health-not-readable/rule.ts';
import { hostHeaderRejected } from './host-header-rejected/rule.ts';
import { keepaliveMismatch } from './keepalive-mismatch/rule.ts';
import { networkPathBlocked } from './network-path-blocked/rule.ts';
import { platformDegraded } from './platform-degraded/rule.ts';
import { probeBodyMismatch } from './probe-body-mismatch/rule.ts';
import { probeNeedsAuth } from './probe-needs-auth/rule.ts';
import { probePathNotServed } from './probe-path-not-served/rule.ts';
import { probeRedirected } from './probe-redirected/rule.ts';
import { probeStatusNotAccepted } from './probe-status-not-accepted/rule.ts';
import { requestTimeout } from './request-timeout/rule.ts';
import { singleMemberUnhealthy } from './single-member-unhealthy/rule.ts';
import { unresolvedBackendName } from './unresolved-backend-name/rule.ts';
import { wafBlocked } from './waf-blocked/rule.ts';
import { wrongBackendPort } from './wrong-backend-port/rule.ts';

/** Every cause that can be named. The order breaks ties between equally good verdicts. */
export const rules: readonly Rule[] = [
  emptyPool,
  unresolvedBackendName,
  probePathNotServed,
  probeNeedsAuth,
  probeRedirected,
  probeStatusNotAccepted,
  probeBodyMismatch,
  backendAnswersErrors,
  networkPathBlocked,
  wrongBackendPort,
  requestTimeout,
  keepaliveMismatch,
  certificateNameMismatch,
  certificateUntrustedRoot,
  certificateChainIncomplete,
  certificateExpired,
  singleMemberUnhealthy,
  hostHeaderRejected,
  gatewayNotRunning,
  platformDegraded,
  healthNotReadable,
  backendGenerated,
  wafBlocked,
  clientClosed,
];
