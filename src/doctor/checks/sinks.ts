import type { Check, ConfiguredSink, Finding, Place, Read, SetUp } from '../check.ts';

interface Found {
  readonly sink: ConfiguredSink;
  readonly reached: readonly { readonly place: Place; readonly read: Read<'reached'> }[];
  /** Only where a test message was asked for. */
  readonly sent?: Read<'delivered'>;
}

/** Whether people would be told: sinks that are configured well, whose services answer, and, on request, take a message. */
export const sinks = {
  id: 'sinks',
  title: 'Sinks',
  rights: [],
  read: (port, setUp) =>
    Promise.all(
      port.sinks(setUp.settings).map(async (sink) => {
        const reached = await Promise.all(sink.places.map(async (place) => ({ place, read: await port.reach(place) })));
        const isTested = setUp.sendTestAbout !== undefined && sink.problem === undefined;
        return { sink, reached, ...(isTested ? { sent: await port.sendTest(sink.name, setUp) } : {}) };
      }),
    ),
  judge: (found) => (found.length === 0 ? [NOBODY] : found.flatMap(judgeOne)),
} satisfies Check<SetUp, readonly Found[]>;

const NOBODY: Finding = {
  state: 'fail',
  says: 'No sink is configured in the settings that were looked at: nobody would be told of an incident.',
  mend: {
    text: 'Set one of SLACK_WEBHOOK_URL, TEAMS_WEBHOOK_URL, PAGERDUTY_ROUTING_KEY, WEBHOOK_URL or EVENT_HUB_NAMESPACE. To look at the settings of an installation instead of those of this shell, pipe them in:',
    command:
      "az functionapp config appsettings list --name '<function app>' --resource-group '<resource group>' | appgw-triage doctor --settings - --gateway '<gateway id>'",
  },
};

function judgeOne({ sink: { title, problem }, reached, sent }: Found): readonly Finding[] {
  if (problem !== undefined) {
    const isElsewhere = problem.startsWith('@');
    if (isElsewhere) {
      return [
        {
          state: 'unknown',
          says: `${title} takes its secret from a Key Vault, which is not opened here: whether it works is not known.`,
          mend: {
            text: 'A test notification of the action group shows it, and so does --send-test with the secret set.',
          },
        },
      ];
    }
    return [{ state: 'fail', says: `${title} is configured wrongly: ${problem}.` }];
  }
  if (sent !== undefined) return [judgeSent(title, sent)];
  const broken = reached.flatMap(({ place, read }) =>
    read.state === 'unread' ? [{ place, reason: read.reason }] : [],
  );
  if (broken.length > 0) {
    return broken.map(({ place: { host, port }, reason }) => ({
      state: 'fail',
      says: `${title} cannot be reached from here: ${host}:${port}, ${reason}.`,
      mend: { text: 'Let this name and port through the firewall or proxy of whoever sends, and try again.' },
    }));
  }
  const where = reached.map(({ place }) => place.host).join(', ');
  return [
    {
      state: 'ok',
      says: `${title} is configured, and ${where} answers. Whether it takes messages, only --send-test shows.`,
    },
  ];
}

function judgeSent(title: string, sent: Read<'delivered'>): Finding {
  if (sent.state === 'read') return { state: 'ok', says: `${title} took the test message.` };
  const reason = sent.state === 'unread' ? sent.reason : 'it pages nobody for a test, so nothing was sent';
  if (sent.state === 'absent') return { state: 'unknown', says: `${title} was sent no test message: ${reason}.` };
  return {
    state: 'fail',
    says: `${title} did not take the test message: ${reason}`.replace(/([^.])$/, '$1.'),
    mend: { text: 'Make the webhook, token or key anew at the service, and set it.' },
  };
}
