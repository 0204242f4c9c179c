import { parseArgs } from 'node:util';
import { CliError, type Command, type Io } from '../command.ts';
import { screenFor } from '../screen.ts';
import { lettersText } from '../store-lists.ts';
import { openStores, withStorage } from '../stores.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage deliveries [--resend] [--sink NAME] [--incident ID] [--json]

Lists the messages that a sink did not take: dead letters, each with its reason.
With --resend they are sent again, for instance after a webhook was mended.

It works on the storage of an installation: set AzureWebJobsStorage__accountName
(and be signed in with az login), or AzureWebJobsStorage.

Options:
  --resend       send them again
  --sink NAME    only those of one sink
  --incident ID  only those of one incident
  --json         one JSON object
  -h, --help     show this help

Exit code: 0, with dead letters or without; 2 when the storage cannot be used.

Examples:
  appgw-triage deliveries
  appgw-triage deliveries --resend --sink slack
`;

export const deliveries = { help, run } satisfies Command;

const options = {
  resend: { type: 'boolean' },
  json: { type: 'boolean' },
  sink: { type: 'string' },
  incident: { type: 'string' },
} as const;

async function run(args: readonly string[], io: Io): Promise<void> {
  const { resend, json, sink, incident } = parse(args);
  const { storage } = await openStores(io);
  const { listDeadLetters, resendDeadLetters } = await import('../../platform/dead-letters.ts');
  const isWanted = ({ message }: { message: { sink: string; incidentId: string } }) =>
    (sink === undefined || message.sink === sink) && (incident === undefined || message.incidentId === incident);

  if (resend) {
    const sent = await withStorage(() => resendDeadLetters(storage, isWanted));
    io.stdout.write(json ? `${JSON.stringify({ resent: sent })}\n` : `${sent} sent again.\n`);
    return;
  }
  const letters = (await withStorage(() => listDeadLetters(storage))).filter(isWanted);
  if (json) {
    io.stdout.write(`${JSON.stringify({ schema: 'appgw-triage/deliveries@1', deadLetters: letters }, undefined, 2)}\n`);
    return;
  }
  io.stdout.write(lettersText(letters, screenFor(io)));
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > 0) throw new CliError(`deliveries takes no ${positionals[0]}; see deliveries --help`);
    return values;
  } catch (error) {
    throw error instanceof CliError ? error : usageError(error, 'deliveries');
  }
}
