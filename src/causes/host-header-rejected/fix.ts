import { azPart } from '../../core/az.ts';
import type { Readings } from '../../core/readings.ts';
import { command } from '../../core/shell.ts';
import type { Target } from '../../core/targets.ts';
import type { FixStep } from '../../core/verdict.ts';
import { isIpAddress, isOnSharedPlatform } from '../../reasoning/backend-address.ts';

/** Two ways out: the backend learns the clients' name, or the gateway sends a name that the backend knows. */
export function fixFor(readings: Readings, target: Target): readonly FixStep[] {
  const { setting, settingConfig, members } = target;
  const update = (...options: readonly string[]) =>
    azPart(readings, ['http-settings', 'update'], '--name', setting, ...options);
  const before = settingConfig?.hostName;
  const undo =
    settingConfig === undefined
      ? {}
      : {
          undo:
            before === undefined
              ? update('--host-name-from-backend-pool', String(settingConfig.pickHostNameFromBackendAddress ?? false))
              : update('--host-name', before, '--host-name-from-backend-pool', 'false'),
        };
  const areNames = members.every(({ address }) => !isIpAddress(address));
  const app = ['--webapp-name', '<app>', '--resource-group', '<resource-group>'];
  const steps: FixStep[] = [];
  if (members.some(({ address }) => isOnSharedPlatform(address)))
    steps.push({
      text: "Bind the clients' domain to the application, so that it serves the Host as it comes. Cookies and redirects then keep working.",
      command: command('az', 'webapp', 'config', 'hostname', 'add', ...app, '--hostname', '<host that clients use>'),
    });
  steps.push(
    areNames
      ? {
          text: "Or send the member's own name as Host. Redirects and cookies of the application then carry that name.",
          command: update('--host-name-from-backend-pool', 'true'),
          ...undo,
        }
      : {
          text: 'Send a Host that the backend serves, or have the backend serve the Host of the clients.',
          command: update('--host-name', '<host that the backend serves>'),
          ...(before === undefined ? (settingConfig ? { undo: update('--remove', 'hostName') } : {}) : undo),
        },
  );
  return steps;
}
