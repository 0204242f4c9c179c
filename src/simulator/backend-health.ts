import { isLive, probe } from './probing.ts';
import { gatewayId, holds, isStopped, membersOf, targetsInUse, type World } from './world.ts';

const NOT_RETRIEVED =
  'The backend health status could not be retrieved. This happens when an NSG/UDR/Firewall on the application gateway subnet is blocking traffic on ports 65503-65534 in case of v1 SKU, and ports 65200-65535 in case of the v2 SKU or if the FQDN configured in the backend pool could not be resolved to an IP address. To learn more visit - https://aka.ms/UnknownBackendHealth.';

/**
 * What backend health answers at a minute: every pool that a rule uses, with what the probe meets at each member. The word
 * comes later than the text: a member stays Healthy until its probe has failed often enough.
 *
 * What the service answers for a stopped gateway is not public. The simulator says `Unknown` without a text, which
 * claims the least.
 */
export function backendHealth(world: World, minute: number): unknown {
  const id = gatewayId(world);
  const targets = targetsInUse(world);
  const pools = [...new Set(targets.map(({ pool }) => pool))];
  return {
    backendAddressPools: pools.map((pool) => ({
      backendAddressPool: { id: `${id}/backendAddressPools/${pool}` },
      backendHttpSettingsCollection: targets
        .filter((target) => target.pool === pool)
        .map((target) => ({
          backendHttpSettings: { id: `${id}/backendHttpSettingsCollection/${target.setting}` },
          servers: membersOf(world, pool, minute).map((address) => {
            if (isStopped(world, minute)) return { address, health: 'Unknown' };
            if (holds(world.gateway.healthLost, minute)) {
              return { address, health: 'Unknown', healthProbeLog: NOT_RETRIEVED };
            }
            const { text, errorName } = probe(world, target, address, minute);
            return {
              address,
              health: isLive(world, target, address, minute) ? 'Healthy' : 'Unhealthy',
              healthProbeLog: text,
              ...(errorName === undefined ? {} : { healthProbeErrorName: errorName }),
              backendCertificateChainMetadata: { certificateChainMetadata: [] },
            };
          }),
        })),
    })),
  };
}
