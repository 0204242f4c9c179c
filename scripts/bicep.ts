import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

/**
 * The Bicep compiler: the one on the path, the one that `az bicep install` left behind, or else the one in Microsoft's NuGet
 * package, which is restored once into node_modules/.cache.
 */
const root = join(import.meta.dirname, '..');
const VERSION = '0.47.16';
const CACHE = join(root, 'node_modules/.cache/bicep');
const RESTORE_TIMEOUT_MS = 180_000;
const COMPILE_TIMEOUT_MS = 120_000;
/** The compiled template of fifty gateways stays far below that. In bytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const run = promisify(execFile);

export interface Compiled {
  /** The ARM template, or the parameters, as JSON. */
  readonly json: unknown;
  /** What the compiler says beside it: a line for each warning. */
  readonly warnings: readonly string[];
}

export type Compiler =
  | { readonly path: string; readonly version: string }
  /** One sentence for a person. */
  | { readonly missing: string };

/** Finds a compiler, or fetches one. Never rejects: where there is none, it says why. */
export async function findCompiler(): Promise<Compiler> {
  const tried: string[] = [];
  for (const path of ['bicep', join(homedir(), '.azure/bin', exe('bicep')), packaged()]) {
    const version = await versionOf(path);
    if (version !== undefined) return { path, version };
    tried.push(path);
  }
  const problem = await restore();
  if (problem !== undefined) return { missing: `There is no Bicep compiler on the path, and ${problem}.` };
  const version = await versionOf(packaged());
  return version === undefined
    ? { missing: `The Bicep compiler that was fetched does not start: ${packaged()}.` }
    : { path: packaged(), version };
}

/** Compiles a template or a parameter file. Rejects with the compiler's own errors, one to a line. */
export async function compile(compiler: string, file: string): Promise<Compiled> {
  const command = file.endsWith('.bicepparam') ? 'build-params' : 'build';
  try {
    const { stdout, stderr } = await run(compiler, [command, file, '--stdout'], {
      timeout: COMPILE_TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return { json: JSON.parse(stdout), warnings: linesOf(stderr) };
  } catch (error) {
    const said = linesOf(String(partOf(error, 'stderr') ?? ''));
    throw new Error(said.length > 0 ? said.join('\n') : `${file} could not be compiled: ${describe(error)}`);
  }
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: COMPILE_TIMEOUT_MS });
    return /Bicep CLI version (\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** Platforms for which Microsoft publishes the package. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['linux x64', 'linux-x64'],
  ['darwin x64', 'osx-x64'],
  ['darwin arm64', 'osx-arm64'],
  ['win32 x64', 'win-x64'],
]);

function packageName(): string | undefined {
  const platform = PACKAGES.get(`${process.platform} ${process.arch}`);
  return platform === undefined ? undefined : `Azure.Bicep.CommandLine.${platform}`;
}

function packaged(): string {
  return join(CACHE, (packageName() ?? 'none').toLowerCase(), VERSION, 'tools', exe('bicep'));
}

function exe(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

/** Restores the package with the .NET SDK and whatever source it is configured with. Returns what was in the way. */
async function restore(): Promise<string | undefined> {
  const name = packageName();
  if (name === undefined) return `Microsoft publishes no package of it for ${process.platform} ${process.arch}`;
  const project = join(CACHE, 'restore.csproj');
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(
    project,
    [
      '<Project Sdk="Microsoft.NET.Sdk">',
      // Nothing is built: the framework that comes with the SDK is named, so that no other has to be fetched.
      '  <PropertyGroup><TargetFramework>net$(BundledNETCoreAppTargetFrameworkVersion)</TargetFramework></PropertyGroup>',
      `  <ItemGroup><PackageDownload Include="${name}" Version="[${VERSION}]" /></ItemGroup>`,
      '</Project>',
      '',
    ].join('\n'),
  );
  try {
    await run('dotnet', ['restore', project, '--packages', CACHE], { timeout: RESTORE_TIMEOUT_MS });
  } catch (error) {
    return partOf(error, 'code') === 'ENOENT' ? 'no dotnet to fetch it with' : 'its NuGet package could not be fetched';
  }
  return existsSync(packaged()) ? undefined : 'its NuGet package does not hold it';
}

/** Not by `instanceof`: what runs this may have an Error of its own. */
function partOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}

function describe(error: unknown): string {
  return String(partOf(error, 'message') ?? error);
}

/** Everything that a deployment may start from. Modules are compiled with what uses them. */
export function entryFiles(): readonly string[] {
  return globSync(['infra/*.bicep', 'infra/*.bicepparam', 'infra/examples/*.bicepparam'], { cwd: root })
    .sort()
    .map((file) => join(root, file));
}

if (import.meta.main) {
  const compiler = await findCompiler();
  if ('missing' in compiler) {
    process.stderr.write(`${compiler.missing}\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`Bicep ${compiler.version}\n`);
    for (const file of entryFiles()) {
      const name = relative(root, file);
      try {
        const { warnings } = await compile(compiler.path, file);
        process.stdout.write(`${warnings.length === 0 ? 'ok  ' : 'warn'} ${name}\n`);
        for (const warning of warnings) process.stdout.write(`     ${warning}\n`);
        if (warnings.length > 0) process.exitCode = 1;
      } catch (error) {
        process.stdout.write(`fail ${name}\n     ${describe(error).replaceAll('\n', '\n     ')}\n`);
        process.exitCode = 1;
      }
    }
  }
}
