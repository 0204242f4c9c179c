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
  /** The names that a private endpoint's interface stands for; absent for any other interface. */
  readonly fqdns?: readonly string[];
  readonly location?: string;
}

/** A virtual network: the gateway's own, or that of a member. */
export interface VirtualNetwork {
  readonly id: string;
  readonly name?: string;
  /** The address space. */
  readonly prefixes: readonly string[];
  /** As configured; empty where the network asks Azure's own DNS. */
  readonly dnsServers: readonly string[];
  readonly subnets: readonly Subnet[];
  readonly peerings: readonly Peering[];
}

export interface Subnet {
  readonly id: string;
  readonly name?: string;
  readonly prefixes: readonly string[];
  /** Absent where the subnet has none. */
  readonly securityGroupId?: string;
  readonly routeTableId?: string;
}

/** One side of a peering, as the network that it belongs to has it. */
export interface Peering {
  readonly name?: string;
  /** `Connected`, `Initiated` (the other side is missing), `Disconnected` (the other side was deleted). */
  readonly state?: string;
  /** `FullyInSync`, `RemoteNotInSync`, `LocalNotInSync`, `LocalAndRemoteNotInSync`. */
  readonly syncLevel?: string;
  readonly remoteNetworkId?: string;
  /** The ranges that are routed across the peering. */
  readonly remotePrefixes: readonly string[];
  /** The ranges that the other network has by now; more than those above until the peering is synchronised. */
  readonly remotePrefixesNow: readonly string[];
  readonly allowsAccess?: boolean;
  readonly allowsForwardedTraffic?: boolean;
  readonly usesRemoteGateways?: boolean;
}

/** What private DNS knows of the members' names, and the private endpoints that stand for them. */
export interface PrivateDns {
  readonly zones: readonly PrivateZone[];
  readonly endpoints: readonly PrivateEndpoint[];
}

export interface PrivateZone {
  readonly id?: string;
  readonly name: string;
  /** Absent where the links were not read. */
  readonly links?: readonly ZoneLink[];
  /** Of the members' names; absent where records were not read. */
  readonly records?: readonly ZoneRecord[];
}

export interface ZoneLink {
  readonly networkId: string;
  /** `Completed`, `InProgress`. */
  readonly state?: string;
  /** Whether a name that the zone lacks is asked of public DNS instead (`NxDomainRedirect`). */
  readonly fallsBack: boolean;
}

export interface ZoneRecord {
  /** Relative to the zone; `@` is the zone itself, `*` any name. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME';
  readonly values: readonly string[];
}

export interface PrivateEndpoint {
  readonly id: string;
  readonly name?: string;
  readonly fqdns: readonly string[];
  readonly addresses: readonly string[];
  readonly subnetId?: string;
  readonly interfaceIds: readonly string[];
  /** The resource behind it. */
  readonly targetId?: string;
  /** `Approved`, `Pending`, `Rejected`, `Disconnected`. */
  readonly state?: string;
}

/** Network Watcher's IP flow verify and next hop, asked for members that are virtual machines. */
export interface PathTests {
  readonly flows: readonly FlowTest[];
  readonly hops: readonly HopTest[];
}

interface PathTest {
  readonly nicId?: string;
  readonly machineId?: string;
  /** The member's own address. */
  readonly localAddress?: string;
  /** The other end. */
  readonly remoteAddress?: string;
  /** The gateway subnet that the other end is in, where the test was made for that. */
  readonly gatewaySubnetId?: string;
}

/** Whether the security rules of a member's interface let a packet through, and by which rule. */
export interface FlowTest extends PathTest {
  readonly direction?: 'inbound' | 'outbound';
  readonly localPort?: number;
  readonly access: 'allow' | 'deny';
  readonly rule?: string;
}

/** Where the routes of a member's interface take a packet to the other end. */
export interface HopTest extends PathTest {
  readonly nextHopType: string;
  readonly nextHopAddress?: string;
  /** Absent for a route of the system. */
  readonly routeTableId?: string;
}

/** Something other than a network interface that a member's address or name belongs to. */
export interface AddressOwner {
  readonly id: string;
  readonly name?: string;
  readonly kind: 'load-balancer' | 'firewall' | 'public-address' | 'app' | 'storage' | 'containers';
  readonly addresses: readonly string[];
  readonly names: readonly string[];
  /** `Running`, `Stopped`, of an app. */
  readonly state?: string;
  /** Whether it answers at its public address at all. */
  readonly hasPublicAccess?: boolean;
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
  /** Whether a person, an application or the platform did it. */
  readonly actor?: 'person' | 'application' | 'platform';
  /** Who did it, as it is written: for the people on call, and for no log and no rule. */
  readonly caller?: string;
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
