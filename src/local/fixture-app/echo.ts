import { app, HttpRequest } from '@azure/functions';

app.http('echo', {
  methods: ['GET', 'POST'],
  authLevel: 'function',
  route: 'echo/{kind}/{number:int?}',
  handler: async (request, context) => {
    context.log('echoing %s', request.params.kind);
    return {
      status: 201,
      headers: { 'x-seen-by': context.functionName, 'content-length': '1' },
      cookies: [{ name: 'crumb', value: 'a b', httpOnly: true, sameSite: 'Strict', maxAge: 60, path: '/' }],
      jsonBody: {
        isRequest: request instanceof HttpRequest,
        method: request.method,
        path: new URL(request.url).pathname,
        params: request.params,
        query: [...request.query],
        header: request.headers.get('x-asked'),
        body: await request.text(),
        hasTrace: /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/.test(context.traceContext?.traceParent ?? ''),
      },
    };
  },
});

app.http('echo-fixed', { methods: ['GET'], route: 'echo/fixed', handler: () => ({ body: 'fixed' }) });
app.http('admin-only', { methods: ['GET'], authLevel: 'admin', handler: () => ({ body: 'admin' }) });
app.http('nothing', { methods: ['GET'], handler: () => undefined as never });
app.http('empty', { methods: ['GET'], handler: () => ({ status: 304 }) });
app.http('fails', {
  methods: ['GET'],
  handler: () => {
    throw new Error('on purpose, see https://example.invalid/?sig=secret');
  },
});
app.http('forgets', {
  methods: ['GET'],
  handler: () => {
    void Promise.reject(new Error('forgotten on purpose'));
    return { body: 'fine so far' };
  },
});
app.http('hangs', { methods: ['GET'], handler: () => new Promise<never>(() => {}) });

app.http('mended', {
  methods: ['GET'],
  handler: () => {
    throw new Error('a hook makes up for this');
  },
});
app.hook.preInvocation(({ hookData, invocationContext }) => {
  hookData.name = invocationContext.functionName;
});
app.hook.postInvocation((context) => {
  if (context.hookData.name !== 'mended') return;
  context.error = undefined;
  context.result = { body: 'mended by a hook' };
});
app.hook.log((context) => {
  context.message = context.message.replace('loud', 'loudly');
});
