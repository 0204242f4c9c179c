import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { Silence } from '../../core/silence.ts';
import { CliError, type Command, type Io } from '../command.ts';
import { printJson } from '../diagnosis-json.ts';
import { screenFor } from '../screen.ts';
import { silencesText } from '../store-lists.ts';
import { openStores, withStorage } from '../stores.ts';
import { plainLine } from '../terminal-text.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage silence --for DURATION --reason TEXT [options]
       appgw-triage silence --list | --end ID

Keeps an installation from telling what is expected: a maintenance window. What
is silenced is still read, and its incident says what would have been told and
who silenced it. What stands when the silence ends is told then. Whoever was
told of a beginning is told of the end, silence or not.

It works on the storage of an installation: set AzureWebJobsStorage__accountName
(and be signed in with az login), or AzureWebJobsStorage.

Options:
  --for DURATION  30m, 4h or 2d, at most 30d
  --from TIME     when it begins, ISO 8601; now where absent
  --reason TEXT   why; it is shown with everything that it holds back
  --author NAME   who; your user name where absent
  --gateway ID    a gateway, a resource group or a subscription; everything
                  where absent
  --pool NAME     one backend pool
  --cause ID      one cause; another one that is found is told
  --list          list what is active or to come
  --end ID        end one now
  --json          JSON
  -h, --help      show this help

Exit code: 0; 2 on bad usage, or when the storage cannot be used.

Examples:
  appgw-triage silence --for 2h --reason "release 41" --pool pool-orders
  appgw-triage silence --list
`;

export const silence = { help, run } satisfies Command;

const options = {
  for: { type: 'string' },
  from: { type: 'string' },
  reason: { type: 'string' },
  author: { type: 'string' },
  gateway: { type: 'string' },
  pool: { type: 'string' },
  cause: { type: 'string' },
  list: { type: 'boolean' },
  end: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parse>;

async function run(args: readonly string[], io: Io): Promise<void> {
  const values = parse(args);
  const wanted = values.list || values.end !== undefined ? undefined : silenceFrom(values, new Date());
  const { storage } = await openStores(io);
  const { createSilenceTable } = await import('../../platform/silence-table.ts');
  const table = createSilenceTable(storage, () => new Date());
  if (wanted) {
    await withStorage(() => table.add(wanted));
    const line = `Silenced until ${wanted.until}. End it with: appgw-triage silence --end ${wanted.id}`;
    io.stdout.write(values.json ? `${JSON.stringify(wanted)}\n` : `${plainLine(line)}\n`);
    return;
  }
  if (values.end !== undefined) {
    const id = values.end;
    if (!(await withStorage(() => table.list())).some((known) => known.id === id)) {
      throw new CliError(`there is no silence ${id}; see silence --list`);
    }
    await withStorage(() => table.end(id));
    io.stdout.write(values.json ? printJson({ schema: 'appgw-triage/silences@1', ended: id }) : 'Ended.\n');
    return;
  }
  const silences = await withStorage(() => table.list());
  if (values.json) {
    io.stdout.write(`${JSON.stringify({ schema: 'appgw-triage/silences@1', silences }, undefined, 2)}\n`);
    return;
  }
  io.stdout.write(silencesText(silences, screenFor(io)));
}

const MINUTES = { m: 1, h: 60, d: 24 * 60 } as const;
const MAX_MINUTES = 30 * MINUTES.d;
const MAX_TEXT = 300;

function silenceFrom({ for: duration, from, reason, author, gateway, pool, cause }: Values, now: Date): Silence {
  const match = /^(\d{1,5})([mhd])$/.exec(duration ?? '');
  const minutes = Number(match?.[1]) * MINUTES[(match?.[2] ?? 'm') as keyof typeof MINUTES];
  if (!match || minutes === 0 || minutes > MAX_MINUTES) {
    throw new CliError('silence needs --for: 30m, 4h or 2d, at most 30d');
  }
  if (!reason?.trim()) throw new CliError('silence needs --reason: it is shown with what it holds back');
  const begin = from === undefined ? now : new Date(from);
  if (Number.isNaN(begin.getTime())) throw new CliError('--from has to be a time such as 2026-11-23T02:00:00Z');
  if (gateway !== undefined && !/^\/subscriptions\/[^/]+/i.test(gateway)) {
    throw new CliError('--gateway takes a resource id: a gateway, a resource group or a subscription');
  }
  return {
    id: randomUUID().slice(0, 8),
    from: begin.toISOString(),
    until: new Date(begin.getTime() + minutes * 60_000).toISOString(),
    author: (author ?? userInfo().username).slice(0, MAX_TEXT),
    reason: reason.trim().slice(0, MAX_TEXT),
    ...(gateway === undefined ? {} : { gateway }),
    ...(pool === undefined ? {} : { pool }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > 0) throw new CliError(`silence takes no ${positionals[0]}; see silence --help`);
    return values;
  } catch (error) {
    throw error instanceof CliError ? error : usageError(error, 'silence');
  }
}
