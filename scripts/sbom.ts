import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { BundledPackage } from './bundled.ts';

/** What a CycloneDX document of npm holds, as far as it is changed here. */
interface Sbom {
  serialNumber?: string;
  readonly metadata: {
    timestamp?: string;
    tools?: unknown;
    readonly component: { readonly 'bom-ref': string; name: string; type: string };
  };
  components: Component[];
  dependencies: { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  externalReferences?: unknown;
}

/**
 * The software bill of materials of package-lock.json, as `npm sbom` writes it: of everything, because `--omit dev` also
 * leaves out what tools and the program have in common. Throws where npm cannot.
 */
export function readSbom(root: string): string {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { npm_execpath: npm } = process.env;
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const run =
    npm === undefined ? spawnSync('npm', args, options) : spawnSync(process.execPath, [npm, ...args], options);
  if (run.status !== 0) throw new Error('npm could not write the bill of materials: npm sbom failed.');
  return run.stdout;
}

/**
 * Leaves what is deployed, and makes it the same for the same sources: time, random number, the version of npm, the
 * folder's name and the addresses that packages came from go. Throws where something that is bundled is missing.
 */
export function normaliseSbom(text: string, name: string, bundled: readonly BundledPackage[]): string {
  const sbom = JSON.parse(text) as Sbom;
  delete sbom.metadata.timestamp;
  delete sbom.metadata.tools;
  delete sbom.serialNumber;
  sbom.metadata.component.name = name;
  sbom.metadata.component.type = 'application';

  const wanted = new Set(bundled.map(keyOf));
  sbom.components = sbom.components.filter((component) => wanted.has(keyOf(component)));
  for (const component of sbom.components) delete component.externalReferences;
  const found = new Set(sbom.components.map(keyOf));
  const missing = [...wanted].filter((key) => !found.has(key));
  if (missing.length > 0) {
    throw new Error(`The bill of materials lacks ${missing.length} bundled packages, such as ${missing[0]}.`);
  }
  const refs = new Set([sbom.metadata.component['bom-ref'], ...sbom.components.map((item) => item['bom-ref'])]);
  sbom.dependencies = sbom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  sbom.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(sbom))}`;
  return `${JSON.stringify(sbom, null, 2)}\n`;
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}

/** A UUID of version 8: its bits are a digest of the content. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}
