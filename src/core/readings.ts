import type { BackendHealth } from './backend-health.ts';
import type { ResourceChange } from './changes.ts';
import type { EvidenceSummary } from './evidence.ts';
import type { Gateway } from './gateway.ts';
import type { Metrics } from './metrics.ts';
import type {
  ActivityEvent,
  AddressOwner,
  ConnectivityCheck,
  EffectiveRoutes,
  EffectiveSecurity,
  NetworkInterface,
  PathTests,
  PrivateDns,
  RouteTable,
  SecurityGroup,
  VirtualNetwork,
} from './network.ts';
import type { OnDemandHealth } from './on-demand-health.ts';
import type { ProbeResults } from './prober.ts';
import type { ResourceHealth } from './resource-health.ts';
import type { FirewallLog, StreamTraffic, Traffic } from './traffic.ts';

/**
 * A snapshot after it has been read: what the rules see. A field is absent where its evidence is not `ok` (or `empty`,
 * where emptiness says something); `evidence` tells why.
 */
export interface Readings {
  readonly gatewayId?: string;
  /** When the snapshot was taken, ISO 8601. Rules that compare with "now" use this, never a clock. */
  readonly takenAt?: string;
  readonly evidence: readonly EvidenceSummary[];
  readonly gateway?: Gateway;
  readonly backendHealth?: BackendHealth;
  readonly traffic?: Traffic;
  /** The same requests as the event hub has brought them, and never to be added to those of `traffic`. */
  readonly stream?: StreamTraffic;
  readonly firewall?: FirewallLog;
  readonly metrics?: Metrics;
  readonly resourceHealth?: ResourceHealth;
  readonly effectiveSecurity?: readonly EffectiveSecurity[];
  readonly effectiveRoutes?: readonly EffectiveRoutes[];
  readonly securityGroups?: readonly SecurityGroup[];
  readonly routeTables?: readonly RouteTable[];
  readonly interfaces?: readonly NetworkInterface[];
  readonly networks?: readonly VirtualNetwork[];
  readonly privateDns?: PrivateDns;
  readonly pathTests?: PathTests;
  readonly addressOwners?: readonly AddressOwner[];
  readonly activity?: readonly ActivityEvent[];
  readonly changes?: readonly ResourceChange[];
  readonly connectivity?: readonly ConnectivityCheck[];
  readonly onDemand?: OnDemandHealth;
  readonly probeResults?: ProbeResults;
}

/** The part of the readings that one kind of evidence contributes. */
export type Reading = Partial<Omit<Readings, 'evidence' | 'gatewayId' | 'takenAt'>>;
