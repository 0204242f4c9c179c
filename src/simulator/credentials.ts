import { randomBytes, randomUUID } from 'node:crypto';
import { type Answer, armError, ok } from './answer.ts';
import { logsError, tokenError } from './fault-answers.ts';

/** The managed identity of the app: tokens are handed out as on App Service, and nothing else opens the services. */
export interface Credentials {
  /** The value of IDENTITY_HEADER. */
  readonly identityHeader: string;
  readonly issue: (query: URLSearchParams, header: string | undefined) => Answer;
  /** The refusal of a request to a service, or undefined where its token is good. */
  readonly refuse: (service: Service, authorization: string | undefined) => Answer | undefined;
}

type Service = 'arm' | 'logs';

const LIFETIME_SECONDS = 24 * 60 * 60;

export function createCredentials(now: () => Date): Credentials {
  const identityHeader = randomUUID().toUpperCase();
  const tokens = new Map<string, { readonly resource: string; readonly expiresOn: number }>();
  const clientId = randomUUID();
  return {
    identityHeader,
    issue: (query, header) => {
      if (header !== identityHeader) return tokenError(401, 'The identity header is missing or wrong.');
      if (query.get('api-version') !== '2019-08-01') return tokenError(400, 'The api-version is not supported.');
      const resource = query.get('resource');
      if (!resource) return tokenError(400, 'The resource is missing.');
      const expiresOn = Math.floor(now().getTime() / 1000) + LIFETIME_SECONDS;
      const token = [
        { typ: 'JWT', alg: 'RS256' },
        { aud: resource, exp: expiresOn, appid: clientId },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .concat(randomBytes(32).toString('base64url'))
        .join('.');
      tokens.set(token, { resource, expiresOn });
      return ok({
        access_token: token,
        client_id: clientId,
        expires_on: String(expiresOn),
        resource,
        token_type: 'Bearer',
      });
    },
    refuse: (service, authorization) => {
      const [, bearer] = /^Bearer\s+(\S+)$/i.exec(authorization ?? '') ?? [];
      if (bearer === undefined) return missing(service);
      const token = tokens.get(bearer);
      if (!token) return invalid(service, 'InvalidAuthenticationToken', 'The access token is invalid.');
      if (token.expiresOn * 1000 <= now().getTime()) {
        return invalid(
          service,
          'ExpiredAuthenticationToken',
          'The access token expiry UTC time is earlier than current UTC time.',
        );
      }
      // Clouds differ in their audiences, and an endpoint can be its own; only the plainly wrong one is refused.
      const isForLogs = /loganalytics|api\.monitor/i.test(token.resource);
      const isForArm = /management/i.test(token.resource);
      if ((service === 'arm' && isForLogs) || (service === 'logs' && isForArm && !isForLogs)) {
        return invalid(
          service,
          'InvalidAuthenticationTokenAudience',
          'The access token has been obtained for wrong audience or resource.',
        );
      }
      return undefined;
    },
  };
}

function missing(service: Service): Answer {
  return challenge(
    service === 'arm'
      ? armError(401, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
      : logsError(401, 'AuthorizationRequiredError', 'Valid authentication was not provided'),
  );
}

function invalid(service: Service, code: string, message: string): Answer {
  return challenge(
    service === 'arm'
      ? armError(401, code, message)
      : logsError(401, 'InvalidTokenError', 'The provided authentication is not valid for this resource'),
  );
}

function challenge(answer: Answer): Answer {
  const header =
    'Bearer authorization_uri="https://login.microsoftonline.com/common", error="invalid_token", error_description="The access token is missing, expired or not valid."';
  return { ...answer, headers: { 'WWW-Authenticate': header } };
}
