import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { snapshotFiles } from '../../evidence/snapshot-files.ts';
import { CliError, type Command, type Io } from '../command.ts';
import { printJson } from '../diagnosis-json.ts';
import { readLive } from '../live.ts';
import { plainLine } from '../terminal-text.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage snapshot --gateway <resource id> --out <folder>

Reads a gateway now, with your own az login, as diagnose --gateway does, and
keeps what each service answered: one file each, and snapshot.json as their
list. The folder can be diagnosed later and elsewhere. It holds the gateway's
configuration and health as Azure sent them; treat it as you treat those.

Options:
  --gateway ID   the gateway's resource id
  --out FOLDER   is made where it is not there; files of earlier snapshots in it
                 are replaced
  --json         print one JSON object: the folder, its files, the headline
  -h, --help     show this help

Exit code: 0 when something could be read; 2 when not.

Example:
  id=$(az network application-gateway show -g rg -n gw --query id -o tsv)
  appgw-triage snapshot --gateway "$id" --out gw
  appgw-triage diagnose gw
`;

export const snapshot = { help, run } satisfies Command;

const options = { gateway: { type: 'string' }, out: { type: 'string' }, json: { type: 'boolean' } } as const;

async function run(args: readonly string[], io: Io): Promise<void> {
  const { gateway, out, json } = readUsage(args);
  const findings = await readLive(gateway, io);
  const files = snapshotFiles(findings.snapshot);
  try {
    await mkdir(out, { recursive: true });
    for (const { name, document } of files)
      await writeFile(join(out, name), `${JSON.stringify(document, undefined, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new CliError(`the snapshot could not be written to ${out} (${code})`);
  }
  if (json) {
    const { headline } = findings.diagnosis;
    const names = files.map(({ name }) => name);
    io.stdout.write(printJson({ schema: 'appgw-triage/snapshot@1', folder: out, files: names, headline }));
    return;
  }
  io.stdout.write(`${plainLine(`${files.length} files written to ${out}. ${findings.diagnosis.headline}`)}\n`);
}

function readUsage(args: readonly string[]): { gateway: string; out: string; json: boolean } {
  const { gateway, out, json = false } = parse(args);
  if (gateway === undefined || out === undefined)
    throw new CliError('snapshot needs --gateway and --out; see snapshot --help');
  return { gateway, out, json };
}

function parse(args: readonly string[]): { gateway?: string; out?: string; json?: boolean } {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw usageError(error, 'snapshot');
  }
}
