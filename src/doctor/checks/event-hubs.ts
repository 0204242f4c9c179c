import { type Check, type Finding, type Hub, type SetUp, unread } from '../check.ts';
import { listed } from '../names.ts';

/** Logs reach a hub three to ten minutes after the request; a gateway with traffic is never this quiet. */
const QUIET_MS = 30 * 60_000;

/** Whether the hubs that the settings name can be reached, and anything flows through them. */
export const eventHubs = {
  id: 'event-hubs',
  title: 'Event hubs',
  rights: [],
  read: async (port, { settings }) => ({ hubs: await port.hubs(settings), nowMs: port.now().getTime() }),
  judge: ({ hubs, nowMs }) => hubs.map((hub) => judgeOne(hub, nowMs)),
} satisfies Check<SetUp, { readonly hubs: readonly Hub[]; readonly nowMs: number }>;

function judgeOne({ setting, name, isOftenQuiet, partitions }: Hub, nowMs: number): Finding {
  const what = `Event hub ${name} (${setting})`;
  if (partitions.state === 'absent') {
    return {
      state: 'fail',
      says: `${what} does not exist.`,
      mend: {
        command: `az eventhubs eventhub create --name '${name.replaceAll("'", '')}' --namespace-name '<namespace>' --resource-group '<resource group>'`,
      },
    };
  }
  if (partitions.state === 'unread') return unread(what, partitions);
  if (isOftenQuiet) return { state: 'ok', says: `${what} answers.` };
  const times = partitions.value.flatMap(({ lastEnqueuedAt }) => lastEnqueuedAt?.getTime() ?? []);
  const mend = {
    text: 'Look whether the diagnostic setting of the gateway writes to this hub, and whether the gateway has traffic.',
  };
  if (times.length === 0)
    return { state: 'warn', says: `${what} answers, and has never held an event of what it keeps.`, mend };
  const minutes = Math.round((nowMs - Math.max(...times)) / 60_000);
  if (nowMs - Math.max(...times) > QUIET_MS)
    return { state: 'warn', says: `${what} answers, and its newest event is ${minutes} minutes old.`, mend };
  const silent = partitions.value.filter(({ lastEnqueuedAt }) => lastEnqueuedAt === undefined).map(({ id }) => id);
  const rest = silent.length === 0 ? '' : ` Nothing has come to partition ${listed(silent)} yet.`;
  return {
    state: 'ok',
    says: `${what} flows: the newest event in ${partitions.value.length} partitions is ${minutes} minutes old.${rest}`,
  };
}
