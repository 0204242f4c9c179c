/** An action that something other than a collector takes of Azure. */
export interface PlatformRight {
  readonly action: string;
  /** Where it has to be granted: with the gateways, or in their whole subscription. */
  readonly scope: 'gateways' | 'subscription';
  readonly takenFor: string;
}

/**
 * What the app asks of Azure outside its collectors. Together with the collectors' own `rights` it is all that the custom
 * role of infra/ holds.
 */
export const platformRights: readonly PlatformRight[] = [
  {
    action: 'Microsoft.Network/applicationGateways/read',
    scope: 'gateways',
    takenFor: 'the door, which reports on no gateway that does not exist',
  },
  {
    action: 'Microsoft.Network/locations/operationResults/read',
    scope: 'gateways',
    takenFor: 'the answers of backend health and of other long reads, which are fetched when they are ready',
  },
  {
    action: 'Microsoft.Network/locations/operations/read',
    scope: 'gateways',
    takenFor: 'the same, where the service answers with the state of the operation first',
  },
  {
    action: 'Microsoft.AlertsManagement/alerts/read',
    scope: 'subscription',
    takenFor: 'the net below the webhook: alerts that fired and never came in',
  },
];
