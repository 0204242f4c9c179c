import { GATEWAY_SUBNET, groupId, subnetId } from './network.ts';
import { gatewayId, isStopped, membersOf, type RulePlan, scatterGuid, type Target, type World } from './world.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The gateway as Azure Resource Manager shows it at a minute: `properties` nested, references as ids, in the shape of
 * API version 2025-07-01 (autoscale without `sku.capacity`, SNI and chain validation on backend settings, no
 * `sslPolicy` but `defaultPredefinedSslPolicy`).
 */
export function armGateway(world: World, minute: number): Json {
  const { gateway } = world;
  const id = gatewayId(world);
  const etag = `W/"${scatterGuid(`${gateway.name}|etag`)}"`;
  const part = partsOf(id, etag);
  return {
    name: gateway.name,
    id,
    etag,
    type: 'Microsoft.Network/applicationGateways',
    location: world.location,
    tags: gateway.tags,
    zones: ['1', '2', '3'],
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: scatterGuid(`${gateway.name}|resource`),
      sku: { name: gateway.tier, tier: gateway.tier, family: 'Generation_2' },
      operationalState: isStopped(world, minute) ? 'Stopped' : 'Running',
      gatewayIPConfigurations: [
        part('gatewayIPConfigurations', 'ipconfig-gateway', { subnet: { id: subnetId(world, GATEWAY_SUBNET) } }),
      ],
      sslCertificates: sslCertificates(world, part),
      trustedRootCertificates: gateway.trustedRoots.map((name) =>
        part('trustedRootCertificates', name, rootOf(world, name)),
      ),
      trustedClientCertificates: [],
      sslProfiles: [],
      frontendIPConfigurations: [
        part('frontendIPConfigurations', 'frontend-public', {
          privateIPAllocationMethod: 'Dynamic',
          publicIPAddress: {
            id: `${groupId(world)}/providers/Microsoft.Network/publicIPAddresses/pip-${gateway.name}`,
          },
        }),
      ],
      frontendPorts: [...new Set(gateway.listeners.map(({ port }) => port))].map((port) =>
        part('frontendPorts', `port-${port}`, { port }),
      ),
      backendAddressPools: gateway.pools.map(({ name }) =>
        part('backendAddressPools', name, {
          backendAddresses: membersOf(world, name, minute).map((address) =>
            /^[\d.]+$/.test(address) ? { ipAddress: address } : { fqdn: address },
          ),
          ...usedBy(world, id, ({ pool }) => pool === name),
        }),
      ),
      loadDistributionPolicies: [],
      backendHttpSettingsCollection: backendSettings(world, id, part),
      backendSettingsCollection: [],
      httpListeners: listeners(world, id, part),
      listeners: [],
      urlPathMaps: pathMaps(world, id, part),
      requestRoutingRules: gateway.rules.map((rule) => routingRule(rule, id, part)),
      routingRules: [],
      probes: probes(world, id, part),
      rewriteRuleSets: [],
      redirectConfigurations: gateway.rules.flatMap((rule) =>
        'redirectTo' in rule.target
          ? [
              part('redirectConfigurations', rule.name, {
                redirectType: 'Permanent',
                includePath: true,
                includeQueryString: true,
                targetListener: { id: `${id}/httpListeners/${rule.target.redirectTo}` },
              }),
            ]
          : [],
      ),
      privateLinkConfigurations: [],
      privateEndpointConnections: [],
      defaultPredefinedSslPolicy: 'AppGwSslPolicy20220101',
      enableHttp2: true,
      autoscaleConfiguration: { minCapacity: gateway.minCapacity, maxCapacity: gateway.maxCapacity },
      ...(gateway.waf ? { firewallPolicy: { id: wafPolicyId(world) }, forceFirewallPolicyAssociation: true } : {}),
    },
  };
}

/** The ETag header that goes with the resource. */
export function armGatewayEtag({ gateway }: World): string {
  return `W/"${scatterGuid(`${gateway.name}|etag`)}"`;
}

export function wafPolicyId(world: World): string {
  return `${groupId(world)}/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/${world.gateway.waf?.policy}`;
}

type Part = (collection: string, name: string, properties: Json) => Json;

function partsOf(id: string, etag: string): Part {
  return (collection, name, properties) => ({
    name,
    id: `${id}/${collection}/${name}`,
    etag,
    properties: { provisioningState: 'Succeeded', ...properties },
    type: `Microsoft.Network/applicationGateways/${collection}`,
  });
}

function backendSettings(world: World, id: string, part: Part): readonly Json[] {
  return world.gateway.settings.map((setting) =>
    part('backendHttpSettingsCollection', setting.name, {
      port: setting.port,
      protocol: setting.protocol,
      cookieBasedAffinity: 'Disabled',
      connectionDraining: { enabled: false, drainTimeoutInSec: 1 },
      ...(setting.hostName === undefined ? {} : { hostName: setting.hostName }),
      pickHostNameFromBackendAddress: setting.pickHostNameFromBackendAddress ?? false,
      dedicatedBackendConnection: false,
      validateCertChainAndExpiry: true,
      validateSNI: true,
      sniName: null,
      requestTimeout: setting.requestTimeoutSeconds,
      ...(setting.probe === undefined ? {} : { probe: { id: `${id}/probes/${setting.probe}` } }),
      ...(setting.trustedRoots === undefined
        ? {}
        : {
            trustedRootCertificates: setting.trustedRoots.map((name) => ({
              id: `${id}/trustedRootCertificates/${name}`,
            })),
          }),
      ...usedBy(world, id, (target) => target.setting === setting.name),
    }),
  );
}

function listeners(world: World, id: string, part: Part): readonly Json[] {
  return world.gateway.listeners.map((listener) =>
    part('httpListeners', listener.name, {
      frontendIPConfiguration: { id: `${id}/frontendIPConfigurations/frontend-public` },
      frontendPort: { id: `${id}/frontendPorts/port-${listener.port}` },
      protocol: listener.protocol,
      ...(listener.protocol === 'Https'
        ? { sslCertificate: { id: `${id}/sslCertificates/cert-${listener.name}` } }
        : {}),
      hostNames: listener.hostNames,
      requireServerNameIndication: listener.protocol === 'Https' && listener.hostNames.length > 0,
      enableHttp3: false,
      requestRoutingRules: world.gateway.rules
        .filter((rule) => rule.listener === listener.name)
        .map(({ name }) => ({ id: `${id}/requestRoutingRules/${name}` })),
    }),
  );
}

function probes({ gateway }: World, id: string, part: Part): readonly Json[] {
  return gateway.probes.map((probe) =>
    part('probes', probe.name, {
      protocol: probe.protocol,
      ...(probe.host === undefined ? {} : { host: probe.host }),
      path: probe.path,
      ...(probe.port === undefined ? {} : { port: probe.port }),
      interval: probe.intervalSeconds,
      timeout: probe.timeoutSeconds,
      unhealthyThreshold: probe.unhealthyThreshold,
      pickHostNameFromBackendHttpSettings: probe.pickHostNameFromBackendSetting ?? false,
      minServers: 0,
      match: {
        ...(probe.matchBody === undefined ? {} : { body: probe.matchBody }),
        statusCodes: probe.acceptedStatusCodes ?? ['200-399'],
      },
      backendHttpSettings: gateway.settings
        .filter((setting) => setting.probe === probe.name)
        .map(({ name }) => ({ id: `${id}/backendHttpSettingsCollection/${name}` })),
    }),
  );
}

function routingRule(rule: RulePlan, id: string, part: Part): Json {
  const route =
    'redirectTo' in rule.target
      ? { redirectConfiguration: { id: `${id}/redirectConfigurations/${rule.name}` } }
      : rule.paths
        ? { urlPathMap: { id: `${id}/urlPathMaps/${rule.name}` } }
        : targetIds(id, rule.target);
  return part('requestRoutingRules', rule.name, {
    ruleType: rule.paths ? 'PathBasedRouting' : 'Basic',
    priority: rule.priority,
    httpListener: { id: `${id}/httpListeners/${rule.listener}` },
    ...route,
  });
}

function pathMaps({ gateway }: World, id: string, part: Part): readonly Json[] {
  return gateway.rules.flatMap((rule) => {
    if (!rule.paths || !('pool' in rule.target)) return [];
    const { backendAddressPool, backendHttpSettings } = targetIds(id, rule.target);
    const pathRules = rule.paths.map(({ name, paths, target }) => ({
      name,
      id: `${id}/urlPathMaps/${rule.name}/pathRules/${name}`,
      properties: { provisioningState: 'Succeeded', paths, ...targetIds(id, target) },
      type: 'Microsoft.Network/applicationGateways/urlPathMaps/pathRules',
    }));
    return [
      part('urlPathMaps', rule.name, {
        defaultBackendAddressPool: backendAddressPool,
        defaultBackendHttpSettings: backendHttpSettings,
        pathRules,
        requestRoutingRules: [{ id: `${id}/requestRoutingRules/${rule.name}` }],
      }),
    ];
  });
}

function targetIds(id: string, { pool, setting }: Target) {
  return {
    backendAddressPool: { id: `${id}/backendAddressPools/${pool}` },
    backendHttpSettings: { id: `${id}/backendHttpSettingsCollection/${setting}` },
  };
}

/** The back references of a pool or setting; a kind that has none is left out. */
function usedBy({ gateway }: World, id: string, fits: (target: Target) => boolean): Json {
  const routes = gateway.rules.filter(({ target }) => 'pool' in target && fits(target));
  const ids = {
    requestRoutingRules: routes.filter(({ paths }) => !paths).map(({ name }) => `${id}/requestRoutingRules/${name}`),
    urlPathMaps: routes.filter(({ paths }) => paths).map(({ name }) => `${id}/urlPathMaps/${name}`),
    pathRules: gateway.rules.flatMap((rule) =>
      (rule.paths ?? [])
        .filter(({ target }) => fits(target))
        .map(({ name }) => `${id}/urlPathMaps/${rule.name}/pathRules/${name}`),
    ),
  };
  return Object.fromEntries(
    Object.entries(ids)
      .filter(([, references]) => references.length > 0)
      .map(([kind, references]) => [kind, references.map((reference) => ({ id: reference }))]),
  );
}

function sslCertificates(world: World, part: Part): readonly Json[] {
  return world.gateway.listeners
    .filter(({ protocol }) => protocol === 'Https')
    .map(({ name }) => part('sslCertificates', `cert-${name}`, { keyVaultSecretId: secretId(world, `cert-${name}`) }));
}

/** A root that was uploaded shows its certificate; one that the gateway takes from a vault shows where it lies. */
function rootOf(world: World, name: string): Json {
  const data = world.rootData?.[name];
  return data === undefined ? { keyVaultSecretId: secretId(world, name) } : { data };
}

function secretId({ gateway }: World, name: string): string {
  return `https://kv-${gateway.name.slice(0, 20)}.vault.azure.net/secrets/${name}`;
}
