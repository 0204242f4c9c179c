import { ANSWERED, CANNOT_CONNECT, invalidStatus, NOT_RETRIEVABLE, TIMED_OUT } from '../../reasoning/probe-texts.ts';
import { backendHealthJson, type Case, gatewayJson, type HealthSketch } from '../case.ts';

const well = (address: string): HealthSketch => [address, 'Healthy', ANSWERED];
const down = (address: string, text: string): HealthSketch => [address, 'Unhealthy', text];

export const cases: readonly Case[] = [
  {
    name: 'one of three virtual machines cannot be connected to',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [well('10.60.1.4'), down('10.60.1.5', CANNOT_CONNECT), well('10.60.1.6')],
      }),
      gateway: gatewayJson({
        pools: { 'pool-web': ['10.60.1.4', '10.60.1.5', '10.60.1.6'] },
        settings: { 'http-80': { port: 80 } },
        routes: [['pool-web', 'http-80']],
      }),
    },
    expect: 'confirmed',
    scope: { pool: 'pool-web', setting: 'http-80', members: ['10.60.1.5'] },
  },
  {
    name: 'the same machine is down in two pools, in the words of the specification',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [
          ['10.60.1.4', 'Up', ANSWERED],
          ['10.60.1.5', 'Down', TIMED_OUT],
        ],
        'pool-api~http-8080': [
          ['10.60.1.4', 'Up', ANSWERED],
          ['10.60.1.5', 'Down', CANNOT_CONNECT],
        ],
      }),
    },
    expect: 'confirmed',
  },
  {
    name: 'one of two is down and the service gives no reason',
    evidence: {
      'backend-health': backendHealthJson({ 'pool-web~http-80': [well('10.60.1.4'), ['10.60.1.5', 'Unhealthy']] }),
    },
    expect: 'likely',
  },
  {
    name: 'the healthy sibling carries a failure text as well',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [['10.60.1.4', 'Healthy', TIMED_OUT], down('10.60.1.5', TIMED_OUT)],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'two of five fail for one reason',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [
          well('10.60.1.4'),
          well('10.60.1.5'),
          well('10.60.1.6'),
          down('10.60.2.4', TIMED_OUT),
          down('10.60.2.5', TIMED_OUT),
        ],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'two of five fail for two reasons',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [
          well('10.60.1.4'),
          well('10.60.1.5'),
          well('10.60.1.6'),
          down('10.60.2.4', TIMED_OUT),
          down('10.60.2.5', invalidStatus(503)),
        ],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'in each of two pools one member, in one zone, does not answer in time',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [well('10.60.1.4'), down('10.60.2.4', TIMED_OUT)],
        'pool-api~http-8080': [well('10.60.1.7'), down('10.60.2.7', TIMED_OUT)],
      }),
    },
    expect: 'possible',
  },
  {
    name: 'all members fail for one reason',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [down('10.60.1.4', CANNOT_CONNECT), down('10.60.1.5', CANNOT_CONNECT)],
      }),
    },
    expect: 'ruled-out',
  },
  {
    name: 'the pool has only the one member',
    evidence: { 'backend-health': backendHealthJson({ 'pool-web~http-80': [down('10.60.1.4', TIMED_OUT)] }) },
    expect: 'ruled-out',
  },
  {
    name: 'one of two is down, the other is not read',
    evidence: {
      'backend-health': backendHealthJson({
        'pool-web~http-80': [['10.60.1.4', 'Unknown', NOT_RETRIEVABLE], down('10.60.1.5', TIMED_OUT)],
      }),
    },
    expect: 'possible',
  },
];
