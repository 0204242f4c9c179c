import { type Findings, readInRounds } from '../app/read-in-rounds.ts';
import { rules } from '../causes/index.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import { evidenceKinds } from '../evidence/index.ts';
import { CliError, type Io } from './command.ts';
import { startProgress } from './progress.ts';

/**
 * Reads a gateway as the functions do, with the caller's own sign-in, and says on a terminal what is being read. Throws a
 * `CliError` for an id that names no gateway, for settings that are not usable, and where nothing at all could be read.
 */
export async function readLive(gatewayId: string, io: Pick<Io, 'stderr' | 'env'>): Promise<Findings> {
  if (!parseGatewayId(gatewayId)) {
    throw new CliError(
      '--gateway takes the whole resource id: /subscriptions/.../providers/Microsoft.Network/applicationGateways/<name>',
    );
  }
  // Loaded here, because reading files needs neither settings nor SDKs.
  const [{ openReader }, { readSettings }] = await Promise.all([
    import('../platform/gateway-reader.ts'),
    import('../platform/settings.ts'),
  ]);
  const settings = usable(() => readSettings(io.env));
  const progress = startProgress(io);
  let findings: Findings;
  try {
    findings = await readInRounds(
      { rules, evidenceKinds, openReader: (id) => openReader(settings, id, () => new Date()) },
      gatewayId,
      {
        onRound: (number, evidence) => progress.say(`Round ${number}: reading ${evidence.join(', ')}`),
        onAround: (evidence) => progress.say(`What changed before: reading ${evidence.join(', ')}`),
      },
    );
  } finally {
    progress.end();
  }
  const { evidence } = findings.snapshot;
  const first = evidence.find(({ state }) => state === 'failed');
  if (first && evidence.every(({ state }) => state === 'failed' || state === 'skipped')) {
    throw new CliError(`nothing could be read of this gateway: ${first.reason ?? 'no reason is known'}`);
  }
  return findings;
}

/** What a broken setting says becomes one clear line. */
export function usable<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message.replace(/\.$/, '') : 'the settings are not usable');
  }
}
