import type { TokenCredential } from '@azure/core-auth';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { AzureClients } from '../evidence/evidence-kind.ts';
import { type ArmAllowance, allowancePolicy } from './arm-allowance.ts';
import type { Settings } from './settings.ts';
import type { SharedReads } from './shared-reads.ts';

export { createCredential } from './credential.ts';

/** How many calls an investigation may make of Resource Manager. Repeats and polls count: they load the service alike. */
export interface CallBudget {
  used: number;
  readonly max: number;
}

/** Thrown in place of a call that the budget does not allow. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

function budgetPolicy(budget: CallBudget): PipelinePolicy {
  return {
    name: 'callBudget',
    sendRequest: (request, next) => {
      if (budget.used >= budget.max) throw new BudgetSpent(`the budget of ${budget.max} calls is spent`);
      budget.used += 1;
      return next(request);
    },
  };
}

function answerPolicy(onAnswer: (status: number) => void): PipelinePolicy {
  return {
    name: 'answerStatus',
    sendRequest: async (request, next) => {
      const response = await next(request);
      onAnswer(response.status);
      return response;
    },
  };
}

/** Two quick repeats for a dropped connection or a 503. The collectors have deadlines of their own. */
const retryOptions = { maxRetries: 2, retryDelayInMs: 500, maxRetryDelayInMs: 5_000 };

export interface ClientOptions {
  /** A certificate authority to trust beside the well-known ones, as PEM. */
  readonly ca?: string;
  /** What this investigation may call. */
  readonly budget?: CallBudget;
  /** What all investigations together may call. */
  readonly allowance?: ArmAllowance;
  readonly sharedReads?: SharedReads;
  /** Told the status of every answer of Resource Manager. */
  readonly onAnswer?: (status: number) => void;
}

/** SDK clients, each loaded and built when a collector first asks for it. */
export function createAzureClients(
  settings: Pick<Settings, 'ARM_ENDPOINT' | 'LOGS_ENDPOINT'>,
  credential: TokenCredential,
  { ca, budget, allowance, sharedReads, onAnswer }: ClientOptions = {},
): AzureClients {
  const { ARM_ENDPOINT: arm, LOGS_ENDPOINT: logs } = settings;
  const common = { retryOptions, ...(ca ? { tlsOptions: { ca } } : {}) };
  // A shared answer costs nothing, so it stands before the repeats; budget and allowance count every repeat.
  const additionalPolicies: { policy: PipelinePolicy; position: 'perCall' | 'perRetry' }[] = [
    ...(sharedReads ? [{ policy: sharedReads.policy, position: 'perCall' as const }] : []),
    ...(budget ? [{ policy: budgetPolicy(budget), position: 'perRetry' as const }] : []),
    ...(allowance ? [{ policy: allowancePolicy(allowance), position: 'perRetry' as const }] : []),
    ...(onAnswer ? [{ policy: answerPolicy(onAnswer), position: 'perRetry' as const }] : []),
  ];
  const armOptions = { ...common, additionalPolicies, endpoint: arm, credentials: { scopes: [`${arm}/.default`] } };
  return {
    network: async (subscription) => {
      const { NetworkManagementClient } = await import('@azure/arm-network');
      return new NetworkManagementClient(credential, subscription, armOptions);
    },
    monitor: async (subscription) => {
      const { MonitorClient } = await import('@azure/arm-monitor');
      return new MonitorClient(credential, subscription, armOptions);
    },
    resourceHealth: async (subscription) => {
      const { MicrosoftResourceHealth } = await import('@azure/arm-resourcehealth');
      return new MicrosoftResourceHealth(credential, subscription, {
        ...common,
        additionalPolicies,
        endpoint: arm,
        credentialScopes: `${arm}/.default`,
      });
    },
    resourceGraph: async () => {
      const { ResourceGraphClient } = await import('@azure/arm-resourcegraph');
      return new ResourceGraphClient(credential, armOptions);
    },
    logs: async () => {
      const { LogsQueryClient } = await import('@azure/monitor-query-logs');
      // A given endpoint replaces the default one together with its version segment.
      return new LogsQueryClient(credential, {
        ...common,
        endpoint: `${logs}/v1`,
        credentials: { scopes: [`${logs}/.default`] },
      });
    },
  };
}
