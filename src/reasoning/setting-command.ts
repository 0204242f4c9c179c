import { azPart } from '../core/az.ts';
import type { Readings } from '../core/readings.ts';
import type { Target } from '../core/targets.ts';

/** The command that changes a backend setting. Settings of the layer 4 proxy have a command group of their own. */
export function updateSetting(
  readings: Readings,
  { setting, settingConfig }: Pick<Target, 'setting' | 'settingConfig'>,
  ...options: readonly string[]
): string {
  const isLayer4 = /^(tcp|tls)$/i.test(settingConfig?.protocol ?? '');
  return azPart(readings, [isLayer4 ? 'settings' : 'http-settings', 'update'], '--name', setting, ...options);
}
