import type { Period } from './world.ts';

export type Actor = 'person' | 'application' | 'platform';

/** The virtual network of the gateway and of its members. Every part that is absent is made up from the hosts. */
export interface NetworkPlan {
  readonly addressSpace?: string;
  readonly subnets?: readonly SubnetPlan[];
  readonly securityGroups?: readonly SecurityGroupPlan[];
  readonly routeTables?: readonly RouteTablePlan[];
  /** The DNS servers of the network; those of Azure where absent. */
  readonly dnsServers?: readonly string[];
  readonly peerings?: readonly PeeringPlan[];
  readonly privateZones?: readonly PrivateZonePlan[];
  readonly privateEndpoints?: readonly PrivateEndpointPlan[];
  readonly loadBalancers?: readonly LoadBalancerPlan[];
  readonly apps?: readonly AppPlan[];
  /** Changes that follow from nothing else in the world. Those that do (a rule, a machine) are logged by themselves. */
  readonly changes?: readonly ChangePlan[];
}

export interface SubnetPlan {
  readonly name: string;
  readonly prefix: string;
  readonly securityGroup?: string;
  readonly routeTable?: string;
}

export interface SecurityGroupPlan {
  readonly name: string;
  readonly rules: readonly SecurityRulePlan[];
}

export interface SecurityRulePlan extends Period {
  readonly name: string;
  readonly priority: number;
  readonly direction: 'Inbound' | 'Outbound';
  readonly access: 'Allow' | 'Deny';
  readonly protocol: 'Tcp' | 'Udp' | '*';
  /** A prefix, `VirtualNetwork`, `GatewayManager`, `AzureLoadBalancer`, `Internet` or `*`. */
  readonly source: string;
  readonly destination: string;
  /** `8080`, `1024-49151`, `*`. */
  readonly ports: readonly string[];
  readonly changedBy?: Actor;
}

export interface RouteTablePlan {
  readonly name: string;
  readonly disablesBgp?: boolean;
  readonly routes: readonly RoutePlan[];
}

export interface RoutePlan extends Period {
  readonly name: string;
  readonly prefix: string;
  readonly nextHopType: 'VirtualAppliance' | 'VnetLocal' | 'Internet' | 'None';
  readonly nextHopAddress?: string;
  /** Whether what is sent this way never arrives: an appliance drops answers to connections that it did not see begin. */
  readonly loses?: boolean;
  readonly changedBy?: Actor;
}

/** One side of a peering: that of the gateway's network. */
export interface PeeringPlan {
  readonly name: string;
  /** The name of the other network, in the same resource group. */
  readonly remote: string;
  readonly remotePrefixes: readonly string[];
  /** While this holds the other side is gone, and nothing crosses. */
  readonly disconnected?: Period;
  readonly blocksAccess?: boolean;
  readonly allowsForwarded?: boolean;
}

export interface PrivateZonePlan {
  readonly name: string;
  /** The names of the networks that it is linked to, in the same resource group; `own` is the gateway's. */
  readonly links: readonly (Period & { readonly network: string; readonly fallsBack?: boolean })[];
  readonly records: readonly (Period & { readonly name: string; readonly addresses: readonly string[] })[];
}

export interface PrivateEndpointPlan {
  readonly name: string;
  readonly fqdns: readonly string[];
  readonly address: string;
  /** The resource behind it, below its resource group: `Microsoft.Web/sites/shop-api`. */
  readonly target: string;
  readonly state?: 'Approved' | 'Pending' | 'Rejected' | 'Disconnected';
}

export interface LoadBalancerPlan {
  readonly name: string;
  readonly address: string;
}

export interface AppPlan {
  readonly name: string;
  readonly hostNames: readonly string[];
  readonly stopped?: Period;
  readonly isPrivate?: boolean;
}

export interface ChangePlan {
  readonly atMinute: number;
  /** `Microsoft.Compute/virtualMachines/restart/action`. */
  readonly operation: string;
  /** What was changed, below its resource group: `Microsoft.Compute/virtualMachines/vm-1`. */
  readonly resource: string;
  readonly by: Actor;
  /** The error of an operation that failed. */
  readonly error?: { readonly code: string; readonly message: string };
}
