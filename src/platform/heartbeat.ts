const TIMEOUT_MS = 5_000;

/**
 * Tells a watchdog (a dead man's switch such as Healthchecks, Cronitor or an own endpoint) that all is well. It is asked
 * only where everything moves, so its silence is the alarm. What it answers does not matter to us.
 */
export function createHeartbeat(url: string | undefined, ask: typeof fetch = fetch): (() => Promise<void>) | undefined {
  if (url === undefined) return undefined;
  return async () => {
    try {
      const answer = await ask(url, { method: 'POST', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
      await answer.body?.cancel();
    } catch {
      // The watchdog notices by itself.
    }
  };
}
