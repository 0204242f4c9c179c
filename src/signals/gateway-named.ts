import { type GatewayId, parseGatewayId } from '../core/resource-id.ts';

/** Two resource ids side by side, as a dimension can hold them, stay below this. */
const MAX_ID_LENGTH = 1024;

/*
 * What Azure allows in names, a little wider. An id ends up in the path of calls to Azure and in commands that people
 * paste, so one that holds anything else (a query, an escape, `..`) is not taken for an id.
 */
const SUBSCRIPTION = /^[\w-]{1,64}$/;
const RESOURCE_GROUP = /^(?!\.+$)[\p{L}\p{N}_().-]{1,90}$/u;
const GATEWAY_NAME = /^(?!\.+$)[\w.-]{1,80}$/;

export interface NamedGateway {
  /** The first well-formed gateway that is named. */
  readonly gateway?: GatewayId;
  /** Whether something was meant to be a gateway's id, but cannot be one. */
  readonly malformed: boolean;
}

/** How many gateways one event may be about. A rule over a subscription names one in each of its alerts, as a rule. */
const MAX_GATEWAYS = 50;

/** All well-formed gateways that are named, each once, in their order; bounded. */
export function gatewaysNamed(candidates: Iterable<string>): readonly GatewayId[] {
  const found = new Map<string, GatewayId>();
  for (const candidate of candidates) {
    const { gateway } = gatewayNamed([candidate]);
    if (gateway && !found.has(gateway.id.toLowerCase())) found.set(gateway.id.toLowerCase(), gateway);
    if (found.size === MAX_GATEWAYS) break;
  }
  return [...found.values()];
}

/** Finds the first application gateway among texts that may be its id, the id of anything inside it, or anything else. */
export function gatewayNamed(candidates: Iterable<string>): NamedGateway {
  let malformed = false;
  for (const candidate of candidates) {
    if (candidate.length > MAX_ID_LENGTH) continue;
    const gateway = parseGatewayId(candidate);
    if (gateway && isWellFormed(gateway)) return { gateway, malformed };
    if (gateway) malformed = true;
  }
  return { malformed };
}

function isWellFormed({ subscription, resourceGroup, name }: GatewayId): boolean {
  return SUBSCRIPTION.test(subscription) && RESOURCE_GROUP.test(resourceGroup) && GATEWAY_NAME.test(name);
}
