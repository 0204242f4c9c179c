/** When the counts of a stream mean trouble. Times are in minutes, shares between 0 and 1. */
export interface TroubleSettings {
  /** How many minutes are counted together. */
  readonly windowMinutes: number;
  /** 502 and 504 mean trouble from this count and this share of requests on. */
  readonly failedRequests: number;
  readonly failedShare: number;
  /** Where there are few requests, this many failures do, when they are this share of them. */
  readonly failedOfFew: number;
  readonly failedShareOfFew: number;
  /** Requests for which the gateway found no live member: they mean trouble at once. */
  readonly noLiveRequests: number;
  /** Errors of the gateway's own (5xx) mean trouble where two minutes have this many, and this many times the usual. */
  readonly gatewayErrors: number;
  readonly gatewayErrorsTimes: number;
  /** Once they have meant trouble, they do so until they are below this share: what lasts becomes the usual. */
  readonly gatewayErrorsShareAtEnd: number;
  /** Requests that clients gave up just before the request timeout: their count and share. */
  readonly givenUp: number;
  readonly givenUpShare: number;
  /** How long all has to be well before trouble is over, and how many requests a backend has to have served since. */
  readonly holdDownMinutes: number;
  readonly servedSince: number;
  /** The service collects logs once a minute and takes another to deliver: younger minutes are not complete. */
  readonly settleMinutes: number;
}

export const TROUBLE_SETTINGS: TroubleSettings = {
  windowMinutes: 5,
  failedRequests: 10,
  failedShare: 0.05,
  failedOfFew: 3,
  failedShareOfFew: 0.5,
  noLiveRequests: 1,
  gatewayErrors: 20,
  gatewayErrorsTimes: 5,
  gatewayErrorsShareAtEnd: 0.005,
  givenUp: 20,
  givenUpShare: 0.05,
  holdDownMinutes: 5,
  servedSince: 5,
  settleMinutes: 2,
};
