import type { Closed } from './access.ts';
import { type Html, html } from './layout/markup.ts';
import { shell } from './layout/shell.ts';

/**
 * Nothing is loaded from elsewhere and nothing runs that is not the one script; no page can be framed, sends on where
 * somebody came from, or stays in a cache. Pictures are put under the same policy, in case they are opened by themselves.
 */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** The drawing library styles its pictures inside; they run nothing. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

/** The answer with the headers that every answer has. */
export function secured(answer: Response): Response {
  const headers = new Headers(answer.headers);
  const isPicture = headers.get('content-type')?.startsWith('image/') ?? false;
  headers.set('content-security-policy', isPicture ? PICTURE_POLICY : POLICY);
  headers.set('referrer-policy', 'no-referrer');
  headers.set('x-content-type-options', 'nosniff');
  headers.set('x-frame-options', 'DENY');
  headers.set('x-robots-tag', 'noindex, nofollow');
  headers.set('cross-origin-resource-policy', isPicture ? 'cross-origin' : 'same-origin');
  headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=()');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  return new Response(answer.body, { status: answer.status, headers });
}

export function problem(status: 400 | 401 | 403 | 404 | 413 | 415 | 503, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}

export function problemPage(status: 401 | 403 | 404, message: string): Response {
  const page: Html = shell({ title: message, nav: [], body: html`<h1>${message}</h1>` });
  return new Response(page.toString(), { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
}

/** To somebody who is not let in: a page for people, JSON for programs. */
export function describeProblem({ status, code, message, mayAskForKey }: Closed, request: Request): Response {
  const isPerson = request.headers.get('accept')?.includes('text/html') ?? false;
  const answer = isPerson ? problemPage(status, message) : problem(status, code, message);
  if (status === 401 && mayAskForKey)
    answer.headers.set('www-authenticate', 'Basic realm="appgw-triage", charset="UTF-8"');
  return answer;
}
