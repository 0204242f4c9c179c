import { describe, expect, test } from '@jest/globals';
import { hostIn, hubPlaceFrom, refuseKeysIn } from './hub-place.ts';

const connection = 'Endpoint=sb://logs.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=c2VjcmV0';
const io = (value?: string) => ({ env: value === undefined ? {} : { LOG_HUB_CONNECTION_STRING: value } });

describe('where the hub is', () => {
  test('is told by a namespace and a name, in the forms that people copy', () => {
    const place = { namespace: 'logs.servicebus.windows.net', eventHub: 'appgw' };
    for (const namespace of ['logs.servicebus.windows.net', 'sb://logs.servicebus.windows.net/']) {
      expect(hubPlaceFrom('watch', { namespace, hub: 'appgw' }, io(connection))).toEqual(place);
    }
    expect(hostIn(place)).toBe('logs.servicebus.windows.net');
  });

  test('or by a connection string in the environment, which may name the hub', () => {
    const place = { connectionString: connection, eventHub: 'appgw' };
    expect(hubPlaceFrom('watch', { hub: 'appgw' }, io(connection))).toEqual(place);
    const whole = hubPlaceFrom('watch', {}, io(`${connection};EntityPath=appgw`));
    expect(whole.eventHub).toBe('appgw');
    expect(JSON.stringify(whole)).not.toContain('EntityPath');
    // The service does not tell names apart by their case.
    expect(hubPlaceFrom('watch', { hub: 'APPGW' }, io(`${connection};EntityPath=appgw`)).eventHub).toBe('appgw');
    expect(hubPlaceFrom('watch', {}, io('Endpoint=sb://a.b/;EntityPath=appgw;SharedAccessKey=x'))).toEqual({
      ...{ connectionString: 'Endpoint=sb://a.b/;SharedAccessKey=x', eventHub: 'appgw' },
    });
    expect(hostIn(whole)).toBe('logs.servicebus.windows.net');
  });

  test.each([
    [{}, undefined, /needs --namespace and --hub, or a connection string in LOG_HUB_CONNECTION_STRING/],
    [{ namespace: 'logs.servicebus.windows.net' }, undefined, /needs --hub/],
    [{ namespace: 'logs', hub: 'a' }, undefined, /full name of a namespace/],
    [{ namespace: 'logs.example.com/path', hub: 'a' }, undefined, /full name of a namespace/],
    [{ hub: 'a/b' }, connection, /name of an event hub/],
    [{ hub: 'a' }, 'c2VjcmV0', /has to be a connection string/],
    [{ hub: 'a' }, `${connection};EntityPath=b`, /name different event hubs/],
  ])('%j with %j is refused without a word of the key', (wish, value, message) => {
    const read = () => hubPlaceFrom('watch', wish, io(value));
    expect(read).toThrow(message);
    expect(read).not.toThrow(/c2VjcmV0/);
  });
});

test.each([
  ['--connection-string', connection],
  [`--connection=${connection}`],
  [connection],
  ['--hub', 'x', 'SharedAccessSignature=sr=1'],
])('a key among the arguments is refused without being repeated: %#', (...args) => {
  expect(() => refuseKeysIn(args)).toThrow(/does not belong on the command line/);
  expect(() => refuseKeysIn(args)).not.toThrow(/c2VjcmV0|sr=1/);
});

test('other arguments are not', () => {
  refuseKeysIn(['captured/access-keys.json', '--hub', 'endpoint-logs', '--consumer-group', 'x']);
});
