/** A part of the way through the gateway. */
export type Place = 'gateway' | 'listener' | 'rule' | 'setting' | 'probe' | 'pool' | 'way' | 'members';

/**
 * Where on the map each cause breaks the chain: the part that is highlighted. `way` is the network between the gateway and
 * the members. This is about drawing alone; what is wrong is for the rules to say.
 */
const PLACES: Readonly<Record<string, Place>> = {
  'empty-pool': 'pool',
  'stale-pool-member': 'pool',
  'unresolved-backend-name': 'pool',
  'backend-name-wrong-address': 'pool',
  'probe-path-not-served': 'probe',
  'probe-needs-auth': 'probe',
  'probe-redirected': 'probe',
  'probe-status-not-accepted': 'probe',
  'probe-host-not-served': 'probe',
  'probe-body-mismatch': 'probe',
  'probe-timing': 'probe',
  'backend-answers-errors': 'members',
  'network-path-blocked': 'way',
  'backend-nsg-blocks': 'way',
  'gateway-subnet-nsg-blocks': 'way',
  'route-diverts-traffic': 'way',
  'backend-access-restricted': 'members',
  'wrong-backend-port': 'setting',
  'backend-not-listening': 'members',
  'backend-stopped': 'members',
  'request-timeout': 'setting',
  'keepalive-mismatch': 'way',
  'backend-recycling': 'members',
  'large-body-buffering': 'setting',
  'certificate-name-mismatch': 'setting',
  'certificate-untrusted-root': 'setting',
  'certificate-chain-incomplete': 'members',
  'certificate-expired': 'members',
  'tls-handshake-failed': 'way',
  'host-header-rejected': 'setting',
  'ingress-route-missing': 'members',
  'ingress-pods-not-ready': 'members',
  'ingress-controller-lag': 'pool',
  'single-member-unhealthy': 'members',
  'gateway-not-running': 'gateway',
  'gateway-update-rejected': 'gateway',
  'gateway-saturated': 'gateway',
  'platform-degraded': 'gateway',
  'health-not-readable': 'gateway',
  'backend-generated': 'members',
  'waf-blocked': 'gateway',
  'client-closed': 'listener',
};

/** A cause that is not placed yet is drawn where it shows: at the members. */
export function placeOf(cause: string): Place {
  return (Object.hasOwn(PLACES, cause) ? PLACES[cause] : undefined) ?? 'members';
}

/** For the test that no cause is forgotten, and none is kept that is gone. */
export const placedCauses: readonly string[] = Object.keys(PLACES);
