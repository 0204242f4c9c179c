import type { Check, SetUp } from '../check.ts';

/** Whether the settings as a whole are usable: with one that is not, no function answers. */
export const settings = {
  id: 'settings',
  title: 'Settings',
  rights: [],
  read: async () => undefined,
  judge: (_, { settingsProblem }) =>
    settingsProblem === undefined
      ? [{ state: 'ok', says: 'All settings are usable.' }]
      : [
          {
            state: 'fail',
            says: settingsProblem,
            mend: {
              text: 'With such a setting every function answers 503.',
              command:
                "az functionapp config appsettings set --name '<function app>' --resource-group '<resource group>' --settings '<NAME=value>'",
            },
          },
        ],
} satisfies Check<SetUp>;
