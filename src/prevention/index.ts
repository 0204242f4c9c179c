import type { Check } from './check.ts';
import { backendSecurity } from './checks/backend-security.ts';
import { backendTrust } from './checks/backend-trust.ts';
import { capacityHeadroom } from './checks/capacity-headroom.ts';
import { certificateExpiry } from './checks/certificate-expiry.ts';
import { certificateSource } from './checks/certificate-source.ts';
import { closedConnections } from './checks/closed-connections.ts';
import { connectionDraining } from './checks/connection-draining.ts';
import { failedProvisioning } from './checks/failed-provisioning.ts';
import { fixedMemberAddress } from './checks/fixed-member-address.ts';
import { gatewaySubnetRoutes } from './checks/gateway-subnet-routes.ts';
import { gatewaySubnetSecurity } from './checks/gateway-subnet-security.ts';
import { hostNames } from './checks/host-names.ts';
import { memberNames } from './checks/member-names.ts';
import { poolWithoutMembers } from './checks/pool-without-members.ts';
import { probeBesideTraffic } from './checks/probe-beside-traffic.ts';
import { probePace } from './checks/probe-pace.ts';
import { redirectedProbe } from './checks/redirected-probe.ts';
import { requestTimeoutHeadroom } from './checks/request-timeout-headroom.ts';
import { retiredSku } from './checks/retired-sku.ts';
import { singleMember } from './checks/single-member.ts';
import { wafDetection } from './checks/waf-detection.ts';

/** Everything that an audit looks at. The order breaks ties between findings that cost the same. */
export const checks: readonly Check[] = [
  retiredSku,
  failedProvisioning,
  poolWithoutMembers,
  certificateExpiry,
  certificateSource,
  gatewaySubnetSecurity,
  gatewaySubnetRoutes,
  backendSecurity,
  capacityHeadroom,
  memberNames,
  fixedMemberAddress,
  singleMember,
  hostNames,
  backendTrust,
  probeBesideTraffic,
  redirectedProbe,
  probePace,
  requestTimeoutHeadroom,
  closedConnections,
  wafDetection,
  connectionDraining,
];

/** Causes that nothing in an audit can see coming, each with the reason. */
export const unforeseen: Readonly<Record<string, string>> = {
  'platform-degraded': 'Trouble of the platform itself; nothing of yours to change.',
  'ingress-pods-not-ready': 'Readiness is inside the cluster, which is not read.',
};

/** The names of the evidence that an audit reads, in the order of its steps: later reads need what earlier ones found. */
export const auditSteps: readonly (readonly string[])[] = [
  ['gateway', 'backend-health', 'metrics', 'access-log', 'firewall-log'],
  ['virtual-network', 'nics', 'address-owners', 'private-dns'],
  ['nsg', 'route-table'],
];
