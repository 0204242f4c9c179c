import type { Batch } from '../src/traffic/batch.ts';
import { foldRow, planRows } from '../src/traffic/fold.ts';
import { newRow, type WindowRow } from '../src/traffic/row.ts';
import { writeRow } from '../src/traffic/row-text.ts';

/** The rows of one partition in memory, where the product has a table. */
export class RowStore {
  readonly #rows = new Map<string, WindowRow>();
  /** How many rows were touched, summed over batches. */
  touched = 0;

  fold(batch: Batch): void {
    const plan = planRows(batch);
    this.touched += plan.rows.length;
    for (const planned of plan.rows) {
      const key = `${planned.gateway} ${planned.minute}`;
      let row = this.#rows.get(key);
      if (row === undefined) {
        row = newRow(planned.gateway, planned.minute, '0');
        this.#rows.set(key, row);
      }
      foldRow(row, batch, plan, planned);
    }
  }

  /** All rows as they would be stored, to be compared. The order of names in a row depends on the order of numbers. */
  contents(): readonly string[] {
    return [...this.#rows.values()].map((row) => inOrder(JSON.parse(writeRow(row)))).toSorted();
  }

  /** The sizes of the rows as they would be stored, in bytes. */
  sizes(): readonly number[] {
    return [...this.#rows.values()].map((row) => writeRow(row).length).toSorted((left, right) => left - right);
  }
}

/** Lists of named things by their text; lists of numbers keep their order, which means something. */
function inOrder(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    return `[${(value.every((item) => typeof item === 'object') ? items.toSorted() : items).join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, item]) => `${name}:${inOrder(item)}`)
    .join(',')}}`;
}
