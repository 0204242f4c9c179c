import { isObject } from './json.ts';
import { parseBody, type RawResponse, rawBodyOf } from './raw-body.ts';

interface ListOptions {
  readonly abortSignal: AbortSignal;
  readonly onResponse: (response: RawResponse) => void;
}

/**
 * The first page of a list as the service sent it. Only the first: the SDK follows the link of a page without the abort
 * signal. What it throws for a list holds the error's code but not its words, which name the missing right, so the body is
 * put beside it.
 */
export async function firstPageOf(
  abort: AbortSignal,
  list: (options: ListOptions) => { readonly byPage: () => { readonly next: () => Promise<unknown> } },
): Promise<unknown> {
  let answer: RawResponse | undefined;
  try {
    return await rawBodyOf((onResponse) => {
      const keep = (response: RawResponse) => {
        answer = response;
        onResponse(response);
      };
      return list({ abortSignal: abort, onResponse: keep }).byPage().next();
    });
  } catch (error) {
    throw isObject(error) && answer && answer.status >= 400 ? Object.assign(error, { details: bodyOf(answer) }) : error;
  }
}

function bodyOf(answer: RawResponse): unknown {
  try {
    return parseBody(answer);
  } catch {
    return undefined;
  }
}
