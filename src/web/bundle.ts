import { zipSync } from 'fflate';
import { fileOf } from '../evidence/snapshot-files.ts';
import { type LoadedReading, loadEvidence } from './load-incident.ts';
import type { WebPorts } from './ports.ts';

/** Characters of JSON that one download may hold; a snapshot is far smaller, and nothing larger is held in memory. */
const MOST_CHARACTERS = 32_000_000;

/**
 * A reading as a zipped folder that `appgw-triage diagnose` reads: the list, what was concluded, and each body as it came.
 * Undefined where it is too large to be made at once.
 */
export async function bundle(
  { snapshots }: Pick<WebPorts, 'snapshots'>,
  incidentId: string,
  { name, manifest, report }: LoadedReading,
): Promise<Uint8Array | undefined> {
  const folder = `${incidentId}/${name}`;
  const encoder = new TextEncoder();
  const files: Record<string, Uint8Array> = {};
  let room = MOST_CHARACTERS;
  const put = (file: string, document: unknown): boolean => {
    const text = `${JSON.stringify(document, undefined, 2)}\n`;
    room -= text.length;
    if (room >= 0) files[`${folder.replace('/', '-')}/${file}`] = encoder.encode(text);
    return room >= 0;
  };
  if (!put('snapshot.json', manifest) || !put('diagnosis.json', report)) return undefined;
  // One after the other, so that never more than one body is held beside what is packed already.
  for (const entry of manifest.evidence) {
    const { raw } = await loadEvidence(snapshots, folder, entry);
    if (raw !== undefined && !put(`${fileOf(entry)}.json`, raw)) return undefined;
  }
  // At once: the library's other way starts threads from its own source text, which a bundle may have rewritten.
  return zipSync(files, { level: 6 });
}
