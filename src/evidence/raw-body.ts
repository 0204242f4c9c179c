/**
 * Raw answers of the SDK. Its typed models drop every field that they do not know (`healthProbeErrorName`, for one) and
 * throw on shapes that they do not expect, so the body is taken as the service sent it.
 */

/** What the SDK hands to `onResponse`, as far as it is needed here. */
export interface RawResponse {
  readonly status: number;
  readonly bodyAsText?: string | null;
  readonly headers: { readonly get: (name: string) => string | undefined };
}

/** An answer that came, but is none. Its message is fit for a reason: it never holds anything of the answer. */
export function unreadableAnswer(message: string): Error {
  return Object.assign(new Error(message), { name: 'UnreadableAnswer' });
}

/** Makes one call and returns the JSON that was answered with 200. Throws what the SDK throws for everything else. */
export async function rawBodyOf(
  call: (onResponse: (response: RawResponse) => void) => Promise<unknown>,
): Promise<unknown> {
  let answer: RawResponse | undefined;
  try {
    await call((response) => {
      answer = response;
    });
  } catch (error) {
    // The answer was good, and only the SDK's model of it was not.
    if (answer?.status !== 200) throw error;
  }
  return parseBody(answer);
}

export function parseBody(answer: RawResponse | undefined): unknown {
  if (!answer?.bodyAsText) throw unreadableAnswer('the service answered without a body');
  try {
    return JSON.parse(answer.bodyAsText) as unknown;
  } catch {
    throw unreadableAnswer('the service answered with something that is not JSON');
  }
}
