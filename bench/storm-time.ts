/** Time that passes only from one event to the next, so that hours take seconds. Everything runs side by side in it. */
export interface VirtualTime {
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Runs something at a moment; what it returns is not waited for. */
  readonly at: (atMs: number, run: () => unknown) => void;
  readonly onTick: (tick: (nowMs: number) => void) => void;
  /** Lets time pass until then, or until nothing is left to happen. */
  readonly runUntil: (untilMs: number) => Promise<void>;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => unknown;
}

export function createTime(): VirtualTime {
  const heap = createHeap<Event>((left, right) => left.atMs - right.atMs || left.order - right.order);
  const ticks: ((nowMs: number) => void)[] = [];
  let nowMs = 0;
  let order = 0;
  const at = (atMs: number, run: () => unknown) => {
    order += 1;
    heap.push({ atMs: Math.max(nowMs, atMs), order, run });
  };
  return {
    nowMs: () => nowMs,
    sleep: (ms) => new Promise((resolve) => at(nowMs + Math.max(0, ms), resolve)),
    at,
    onTick: (tick) => {
      ticks.push(tick);
    },
    async runUntil(untilMs) {
      for (;;) {
        // Whatever the last event set going comes to its next wait first.
        await new Promise((resolve) => setImmediate(resolve));
        const next = heap.peek();
        if (!next || next.atMs > untilMs) return;
        nowMs = next.atMs;
        for (const tick of ticks) tick(nowMs);
        // All of one moment together: there are many.
        while (heap.peek()?.atMs === nowMs) heap.pop()?.run();
      }
    },
  };
}

/** A storage queue with its workers: messages become visible at times, and come back where their handler fails. */
export interface VirtualQueue<Message> {
  readonly send: (message: Message, delayMs: number) => void;
  /** Everything that was not yet done with, hidden messages and those in work included. */
  readonly size: () => number;
  readonly most: () => number;
}

export interface QueueRules<Message> {
  readonly workers: number;
  readonly hiddenMs: number;
  readonly maxDequeues: number;
  readonly isDown: () => boolean;
  readonly handle: (message: Message) => Promise<void>;
  readonly onPoison: (message: Message) => void;
}

/** A worker that finds nothing, or no queue, looks again after this time. */
const LOOK_AGAIN_MS = 1_000;

export function createQueue<Message>(time: VirtualTime, rules: QueueRules<Message>): VirtualQueue<Message> {
  const visible: { readonly message: Message; readonly dequeues: number }[] = [];
  let waiting = 0;
  let inWork = 0;
  let most = 0;
  let isLookingAgain = false;
  const size = () => visible.length + waiting + inWork;

  function show(message: Message, dequeues: number, delayMs: number): void {
    waiting += 1;
    most = Math.max(most, size());
    time.at(time.nowMs() + delayMs, () => {
      waiting -= 1;
      visible.push({ message, dequeues });
      work();
    });
  }

  function work(): void {
    if (rules.isDown()) {
      lookAgain();
      return;
    }
    while (inWork < rules.workers) {
      const next = visible.shift();
      if (!next) return;
      inWork += 1;
      void rules
        .handle(next.message)
        .catch(() => {
          if (next.dequeues + 1 >= rules.maxDequeues) rules.onPoison(next.message);
          else show(next.message, next.dequeues + 1, rules.hiddenMs);
        })
        .finally(() => {
          inWork -= 1;
          work();
        });
    }
  }

  function lookAgain(): void {
    if (isLookingAgain) return;
    isLookingAgain = true;
    time.at(time.nowMs() + LOOK_AGAIN_MS, () => {
      isLookingAgain = false;
      work();
    });
  }

  return { send: (message, delayMs) => show(message, 0, delayMs), size, most: () => most };
}

/** A number in [0, 1) each time, the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function createHeap<Item>(compare: (left: Item, right: Item) => number) {
  const items: Item[] = [];
  const swap = (left: number, right: number) => {
    const kept = items[left] as Item;
    items[left] = items[right] as Item;
    items[right] = kept;
  };
  const isLess = (left: number, right: number) => compare(items[left] as Item, items[right] as Item) < 0;
  return {
    peek: () => items[0],
    push(item: Item) {
      items.push(item);
      for (let index = items.length - 1; index > 0; ) {
        const parent = (index - 1) >> 1;
        if (!isLess(index, parent)) return;
        swap(index, parent);
        index = parent;
      }
    },
    pop(): Item | undefined {
      const top = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return top;
      items[0] = last;
      for (let index = 0; ; ) {
        const children = [2 * index + 1, 2 * index + 2].filter((child) => child < items.length);
        const least = children.reduce((best, child) => (isLess(child, best) ? child : best), index);
        if (least === index) return top;
        swap(index, least);
        index = least;
      }
    },
  };
}

/** The most of some times, in order, that lie within one span. */
export function mostWithin(times: readonly number[], spanMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while ((times[first] ?? 0) <= at - spanMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
