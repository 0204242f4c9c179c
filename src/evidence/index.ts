import { accessLog } from './access-log/index.ts';
import { backendHealth } from './backend-health/index.ts';
import type { EvidenceKind } from './evidence-kind.ts';
import { firewallLog } from './firewall-log/index.ts';
import { gateway } from './gateway/index.ts';
import { metrics } from './metrics/index.ts';
import { resourceHealth } from './resource-health/index.ts';

/** Every kind of evidence, in the order in which people read them: backend health first, always. */
export const evidenceKinds: readonly EvidenceKind[] = [
  backendHealth,
  gateway,
  accessLog,
  firewallLog,
  metrics,
  resourceHealth,
];
