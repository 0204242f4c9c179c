import { command } from '../../core/shell.ts';
import { fieldsOf, textOf } from '../../evidence/json.ts';
import { type Check, type Finding, type Read, type SetUp, unread } from '../check.ts';

type Found = readonly { readonly id: string; readonly read: Read<unknown> }[];

/** Whether the subscriptions in scope can be reached with this sign-in, and can be changed at all. */
export const subscriptions = {
  id: 'subscriptions',
  title: 'Sign-in and subscriptions',
  rights: ['Microsoft.Resources/subscriptions/read'],
  read: (port, setUp) =>
    Promise.all(
      setUp.subscriptions.map(async (id) => ({
        id,
        read: await port.get(`/subscriptions/${encodeURIComponent(id)}?api-version=2022-12-01`),
      })),
    ),
  judge: (found, { gatewayCount }) => [
    ...found.map(({ id, read }) => judgeOne(id, read)),
    ...(gatewayCount === 0 ? [NO_GATEWAY] : []),
  ],
} satisfies Check<SetUp, Found>;

const NO_GATEWAY: Finding = {
  state: 'warn',
  says: 'There is no application gateway in scope that this sign-in sees.',
  mend: { command: command('az', 'network', 'application-gateway', 'list', '--query', '[].id', '-o', 'tsv') },
};

function judgeOne(id: string, read: Read<unknown>): Finding {
  if (read.state === 'unread') return unread(`Subscription ${id}`, read);
  if (read.state === 'absent') {
    return {
      state: 'fail',
      says: `This sign-in does not see subscription ${id}: it is of another tenant, or there is no role in it.`,
      mend: { command: command('az', 'login', '--tenant', '<tenant id>') },
    };
  }
  const fields = fieldsOf(read.value);
  const name = textOf(fields.get('displayname')) ?? id;
  const state = textOf(fields.get('state'))?.toLowerCase();
  if (state === 'disabled' || state === 'deleted') {
    return {
      state: 'fail',
      says: `Subscription ${name} is ${state}: nothing in it can be changed, and backend health is not answered.`,
      mend: { text: 'Have its owner enable it again in the portal, under Subscriptions.' },
    };
  }
  if (state === 'warned' || state === 'pastdue') {
    return {
      state: 'warn',
      says: `Subscription ${name} has the state ${state}, and will be disabled unless it is paid for.`,
      mend: { text: 'Have its owner settle the account in the portal, under Cost Management.' },
    };
  }
  return { state: 'ok', says: `Signed in; subscription ${name} answers.` };
}
