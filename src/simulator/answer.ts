/** What an endpoint answers. A string body is sent as it is; everything else as JSON (`null` as the literal). */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function ok(body: unknown, headers?: Readonly<Record<string, string>>): Answer {
  return { status: 200, body, ...(headers ? { headers } : {}) };
}

/** The usual error of Azure Resource Manager: `{"error":{"code","message"}}`. */
export function armError(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}

/** Azure Monitor's metrics leave the wrapper out. */
export function bareError(status: number, code: string, message: string): Answer {
  return { status, body: { code, message } };
}
