import { command } from '../../core/shell.ts';
import { type Check, type GatewayInScope, type Read, unread } from '../check.ts';
import { GATEWAY_RIGHT, type GatewayDocument, readGateway } from '../gateway-document.ts';

/** Whether the gateway is there and can be read, and is of a kind that tells what the diagnosis needs. */
export const gateway = {
  id: 'gateway',
  title: 'Gateway',
  rights: [GATEWAY_RIGHT],
  read: (port, subject) => readGateway(port, subject.gateway),
  judge: (found, { gateway: { id, name } }) => {
    if (found.state === 'unread') return [unread(`Gateway ${name}`, found)];
    if (found.state === 'absent') {
      return [
        {
          state: 'fail',
          says: `Azure does not know gateway ${name} under this id.`,
          mend: { command: command('az', 'network', 'application-gateway', 'list', '--query', '[].id', '-o', 'tsv') },
        },
      ];
    }
    const { tier, operationalState, provisioningState } = found.value.gateway;
    const isVersion1 = tier !== undefined && /^(standard|waf)(_(small|medium|large))?$/i.test(tier);
    if (isVersion1) {
      return [
        {
          state: 'warn',
          says: `Gateway ${name} is of the retired v1 (${tier}): its logs and metrics say less, and Azure no longer supports it.`,
          mend: { text: 'Migrate it to v2.' },
        },
      ];
    }
    if (provisioningState?.toLowerCase() === 'failed') {
      return [
        {
          state: 'warn',
          says: `The last change of gateway ${name} failed; it serves with the configuration before.`,
          mend: { command: command('appgw-triage', 'diagnose', '--gateway', id) },
        },
      ];
    }
    if (operationalState !== undefined && !/^(running|starting)$/i.test(operationalState)) {
      return [
        {
          state: 'warn',
          says: `Gateway ${name} is ${operationalState.toLowerCase()}: it serves nobody, and nothing will be heard of its members.`,
          mend: { command: command('az', 'network', 'application-gateway', 'start', '--ids', id) },
        },
      ];
    }
    const state = operationalState === undefined ? '' : `, and is ${operationalState.toLowerCase()}`;
    return [{ state: 'ok', says: `Gateway ${name} (${tier ?? 'of an unknown tier'}) can be read${state}.` }];
  },
} satisfies Check<GatewayInScope, Read<GatewayDocument>>;
