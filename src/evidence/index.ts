import { accessLog } from './access-log/index.ts';
import { accessLogStream } from './access-log-stream/index.ts';
import { activityLog } from './activity-log/index.ts';
import { addressOwners } from './address-owners/index.ts';
import { backendHealth } from './backend-health/index.ts';
import { connectivityCheck } from './connectivity-check/index.ts';
import { effectiveNsg } from './effective-nsg/index.ts';
import { effectiveRoutes } from './effective-routes/index.ts';
import type { EvidenceKind } from './evidence-kind.ts';
import { firewallLog } from './firewall-log/index.ts';
import { gateway } from './gateway/index.ts';
import { ipFlow } from './ip-flow/index.ts';
import { metrics } from './metrics/index.ts';
import { nics } from './nics/index.ts';
import { nsg } from './nsg/index.ts';
import { onDemandHealth } from './on-demand-health/index.ts';
import { privateDns } from './private-dns/index.ts';
import { probeResults } from './probe-results/index.ts';
import { resourceChanges } from './resource-changes/index.ts';
import { resourceHealth } from './resource-health/index.ts';
import { routeTable } from './route-table/index.ts';
import { virtualNetwork } from './virtual-network/index.ts';

/** Every kind of evidence, in the order in which people read them: backend health first, always. */
export const evidenceKinds: readonly EvidenceKind[] = [
  backendHealth,
  gateway,
  accessLog,
  accessLogStream,
  firewallLog,
  metrics,
  resourceHealth,
  nics,
  addressOwners,
  virtualNetwork,
  privateDns,
  effectiveNsg,
  effectiveRoutes,
  nsg,
  routeTable,
  ipFlow,
  connectivityCheck,
  onDemandHealth,
  probeResults,
  activityLog,
  resourceChanges,
];
