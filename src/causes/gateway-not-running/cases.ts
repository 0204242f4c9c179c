import { ANSWERED, CANNOT_CONNECT } from '../../reasoning/probe-texts.ts';
import { accessLogJson, backendHealthJson, type Case, gatewayJson } from '../case.ts';

const parts = {
  pools: { 'pool-web': ['10.80.1.4'] },
  settings: { 'web-80': { port: 80 } },
  routes: [['pool-web', 'web-80']],
} as const;

const well = backendHealthJson({ 'pool-web~web-80': [['10.80.1.4', 'Healthy', ANSWERED]] });

export const cases: readonly Case[] = [
  {
    name: 'nobody gets an answer since the evening, and backend health cannot be had',
    evidence: { gateway: gatewayJson({ ...parts, operationalState: 'Stopped' }) },
    failed: { 'backend-health': 'The service answered 400.' },
    expect: 'confirmed',
  },
  {
    name: 'it was on its way up when it was read',
    evidence: { gateway: gatewayJson({ ...parts, operationalState: 'Starting', provisioningState: 'Updating' }) },
    expect: 'likely',
  },
  {
    name: 'the last change went wrong, nothing is answered, and members are well',
    evidence: {
      'backend-health': well,
      gateway: gatewayJson({ ...parts, provisioningState: 'Failed' }),
      'access-log': accessLogJson([{ times: 80, status: 502 }]),
    },
    expect: 'likely',
  },
  {
    name: 'the last change went wrong, and requests are answered',
    evidence: {
      gateway: gatewayJson({ ...parts, provisioningState: 'Failed' }),
      'access-log': accessLogJson([
        { pool: 'pool-web', setting: 'web-80', times: 80, status: 200, serverStatus: '200', routed: '10.80.1.4:80' },
      ]),
    },
    expect: 'possible',
  },
  {
    name: 'a change is under way',
    evidence: { 'backend-health': well, gateway: gatewayJson({ ...parts, provisioningState: 'Updating' }) },
    expect: 'ruled-out',
  },
  {
    name: 'nothing wrong with the resource, its member is down',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-web~web-80': [['10.80.1.4', 'Unhealthy', CANNOT_CONNECT]] }),
      gateway: gatewayJson(parts),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the resource could not be read',
    evidence: { 'backend-health': well },
    failed: { gateway: '403 AuthorizationFailed' },
    expect: 'inconclusive',
  },
];
