import { type Check, type Read, type SetUp, unread } from '../check.ts';

/** Signatures of Slack, PagerDuty and our own webhook are refused when they are five minutes off, as are tokens. */
const REFUSED_MS = 5 * 60_000;
/** Below this the order of events in a timeline still holds; the service says its time in whole seconds. */
const NOTICEABLE_MS = 30_000;

/** Whether this machine's clock agrees with Azure's. */
export const clock = {
  id: 'clock',
  title: 'Clock',
  rights: [],
  read: (port) => port.clockAheadMs(),
  judge: (found) => {
    if (found.state !== 'read') {
      return [unread("Azure's time", found.state === 'unread' ? found : { reason: 'its answers hold no date' })];
    }
    const ahead = found.value;
    const off = Math.abs(ahead);
    const seconds = Math.round(off / 1000);
    if (off < NOTICEABLE_MS) return [{ state: 'ok', says: 'The clock of this machine agrees with that of Azure.' }];
    const says = `The clock of this machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} that of Azure.`;
    const mend = { text: 'Have the time synchronised.', command: 'sudo timedatectl set-ntp true' };
    return off < REFUSED_MS
      ? [{ state: 'warn', says: `${says} Times in reports will not agree.`, mend }]
      : [{ state: 'fail', says: `${says} Tokens and signatures are refused at such a difference.`, mend }];
  },
} satisfies Check<SetUp, Read<number>>;
