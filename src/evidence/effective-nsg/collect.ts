import { askOfEachInterface } from '../effective-reads.ts';
import { endingEarly } from '../ending-early.ts';
import type { Collector } from '../evidence-kind.ts';

const deadlineMs = 70_000;

export const collector: Collector = {
  deadlineMs,
  asks: 'POST .../networkInterfaces/effectiveNetworkSecurityGroups, then poll',
  rights: ['Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action'],
  collect: (context) =>
    askOfEachInterface(endingEarly(context, deadlineMs), (client, { resourceGroup, name }, options) =>
      client.networkInterfaces.listEffectiveNetworkSecurityGroups(resourceGroup, name, options),
    ),
};
