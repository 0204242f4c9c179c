import type { Readings } from './readings.ts';
import { command } from './shell.ts';
import { gatewayNames } from './targets.ts';

/**
 * An `az network application-gateway` command for a part of this gateway, with the real names in it:
 * `az(readings, ['probe', 'update'], '--name', 'p', '--path', '/health')`.
 * Names that no reading shows stay as `<placeholders>`.
 */
export function azPart(readings: Readings, verb: readonly string[], ...options: readonly string[]): string {
  const { name = '<gateway>', resourceGroup = '<resource-group>' } = gatewayNames(readings);
  return command(
    'az',
    'network',
    'application-gateway',
    ...verb,
    '--gateway-name',
    name,
    '--resource-group',
    resourceGroup,
    ...options,
  );
}

/** An `az network application-gateway` command for the gateway itself: `show`, `start`, `show-backend-health`. */
export function azGateway(readings: Readings, verb: string, ...options: readonly string[]): string {
  const { name = '<gateway>', resourceGroup = '<resource-group>' } = gatewayNames(readings);
  return command(
    'az',
    'network',
    'application-gateway',
    verb,
    '--name',
    name,
    '--resource-group',
    resourceGroup,
    ...options,
  );
}
