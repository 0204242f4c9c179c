/**
 * What the network between gateway and members is told to do: security rules, routes, interfaces, and what a connectivity
 * check met. Addresses, prefixes, service tags and ports are kept as the service wrote them; `src/core/network-rules.ts`
 * evaluates them.
 */

export interface SecurityRule {
  readonly name: string;
  readonly direction: 'inbound' | 'outbound';
  readonly access: 'allow' | 'deny';
  /** Lower wins. The service's own default rules are 65000 and above. */
  readonly priority: number;
  /** Lower case: `tcp`, `udp`, `icmp`; `*` for any (`All` in effective rules). */
  readonly protocol: string;
  /** Prefixes, addresses, service tags, `*`. Application security groups appear as their ids, prefixed `asg:`. */
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  /**
   * Present only where the rule is limited to certain source ports. The gateway connects from changing high ports, so
   * such a rule rarely applies to its traffic.
   */
  readonly sourcePorts?: readonly string[];
  /** `80`, `8000-8100`, `*`. */
  readonly destinationPorts: readonly string[];
  /** The name of the security group that the rule belongs to, where known. */
  readonly group?: string;
}

/** A network security group as configured. */
export interface SecurityGroup {
  readonly id?: string;
  readonly name?: string;
  readonly subnetIds: readonly string[];
  readonly nicIds: readonly string[];
  /** Own and default rules together. */
  readonly rules: readonly SecurityRule[];
}

/** The effective security rules of one network interface: traffic has to pass every group in turn. */
export interface EffectiveSecurity {
  readonly nicId?: string;
  /** One entry a group (that of the subnet, that of the interface), each with its expanded rules. */
  readonly groups: readonly { readonly id?: string; readonly name?: string; readonly rules: readonly SecurityRule[] }[];
}

export interface NetworkRoute {
  readonly name?: string;
  readonly prefixes: readonly string[];
  /** `VnetLocal`, `VNetPeering`, `Internet`, `VirtualAppliance`, `VirtualNetworkGateway`, `None`, as the service spells it. */
  readonly nextHopType: string;
  readonly nextHopAddresses: readonly string[];
  /** `User`, `Default`, `VirtualNetworkGateway` (learned by BGP); only effective routes say it. */
  readonly source?: string;
  /** False for a route that another one overrides (`Invalid`). */
  readonly isActive: boolean;
}

export interface RouteTable {
  readonly id?: string;
  readonly name?: string;
  readonly subnetIds: readonly string[];
  readonly disablesBgpPropagation?: boolean;
  readonly routes: readonly NetworkRoute[];
}

export interface EffectiveRoutes {
  readonly nicId?: string;
  readonly routes: readonly NetworkRoute[];
}

/** A network interface, with what it belongs to. */
export interface NetworkInterface {
  readonly id: string;
  readonly name?: string;
  readonly addresses: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupId?: string;
  /** The virtual machine or scale-set instance; absent where the interface is attached to none. */
  readonly machineId?: string;
  /** The private endpoint that the interface belongs to. */
  readonly privateEndpointId?: string;
  /** `running`, `deallocated`, `stopped`, lower case, where it was read with the interface. */
  readonly powerState?: string;
}

/** An entry of the activity log. */
export interface ActivityEvent {
  /** ISO 8601. */
  readonly at?: string;
  /** `Microsoft.Network/networkSecurityGroups/securityRules/write`. */
  readonly operation: string;
  /** `Succeeded`, `Failed`, `Started`, `Accepted`. */
  readonly status?: string;
  readonly resourceId?: string;
  /** Whether a person, an application or the platform did it; the name itself is not kept. */
  readonly actor?: 'person' | 'application' | 'platform';
  readonly category?: string;
  /** The error of a failed operation. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly correlationId?: string;
}

/** Network Watcher's connectivity check. */
export interface ConnectivityCheck {
  /** `Reachable`, `Unreachable`, `Degraded`, `Unknown`. */
  readonly status: string;
  readonly sourceId?: string;
  readonly destination?: string;
  readonly destinationPort?: number;
  readonly probesSent?: number;
  readonly probesFailed?: number;
  readonly hops: readonly ConnectivityHop[];
}

export interface ConnectivityHop {
  readonly type?: string;
  readonly address?: string;
  readonly resourceId?: string;
  readonly issues: readonly ConnectivityIssue[];
}

export interface ConnectivityIssue {
  /** `NetworkSecurityRule`, `UserDefinedRoute`, `GuestFirewall`, `DnsResolution`, `SocketBind`, `Platform`, ... */
  readonly type: string;
  readonly origin?: string;
  readonly severity?: string;
  /** The service's own key and value pairs: the rule's name, the route's next hop. */
  readonly context: readonly Readonly<Record<string, string>>[];
}
