/**
 * The shapes that cross the line between the Functions host and the Node.js programming model, as far as this host
 * uses them. `@azure/functions` types them in `@azure/functions-core`, a package that exists only inside the worker.
 */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';
export type LogCategory = 'user' | 'system';

export interface RpcTypedData {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly int?: number | null;
  readonly double?: number | null;
  readonly http?: RpcHttp | null;
  readonly collectionBytes?: { readonly bytes: readonly Uint8Array[] } | null;
  readonly collectionString?: { readonly string: readonly string[] } | null;
}

export interface RpcHttp {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: RpcTypedData | null;
  readonly statusCode?: string;
  readonly cookies?: readonly RpcCookie[];
}

interface Nullable<Value> {
  readonly value?: Value;
}

export interface RpcCookie {
  readonly name?: string;
  readonly value?: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds?: number }>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  /** In seconds. */
  readonly maxAge?: Nullable<number>;
}

/** A binding as it was registered: its own options beside these. */
export interface BindingInfo extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly direction?: 'in' | 'out';
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
  readonly retryOptions?: unknown;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** Told to a function that is run again by its retry policy. */
export interface RpcRetryContext {
  readonly retryCount: number;
  readonly maxRetryCount: number;
}

export interface InvocationRequest {
  readonly inputData: readonly { readonly name: string; readonly data: RpcTypedData }[];
  readonly triggerMetadata?: Readonly<Record<string, RpcTypedData>>;
  readonly retryContext?: RpcRetryContext;
}

export interface InvocationResponse {
  readonly outputData?: readonly { readonly name: string; readonly data?: RpcTypedData | null }[];
  readonly returnValue?: RpcTypedData | null;
}

export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: InvocationRequest & {
    readonly invocationId: string;
    readonly traceContext: { readonly traceParent: string };
  };
  readonly metadata: FunctionMetadata;
  state?: 'preInvocationHooks' | 'postInvocationHooks';
  readonly log: (level: LogLevel, category: LogCategory, message: string) => void;
}

/** What `@azure/functions` does for one invocation; the host calls its three steps in this order. */
export interface InvocationModel {
  readonly getArguments: () => Promise<{ readonly context: unknown; readonly inputs: unknown[] }>;
  readonly invokeFunction: (context: unknown, inputs: unknown[], handler: FunctionCallback) => Promise<unknown>;
  readonly getResponse: (context: unknown, result: unknown) => Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  readonly getInvocationModel: (context: CoreInvocationContext) => InvocationModel;
  readonly getCapabilities?: (capabilities: Record<string, string>) => Promise<Record<string, string>>;
}

/** The binding that starts a function, and the name that it is registered under. */
export function triggerOf({ name, bindings }: FunctionMetadata): { readonly name: string; readonly info: BindingInfo } {
  for (const [bindingName, info] of Object.entries(bindings)) {
    if (/trigger$/i.test(info.type)) return { name: bindingName, info };
  }
  throw new Error(`Function "${name}" has no trigger.`);
}
