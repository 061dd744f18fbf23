import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { dataOf, requireRow } from '../checks/json-data.js';
import { RUN_END, RUN_ROW, RUN_START } from '../checks/record-shapes.js';
import type { RunEnd, RunStart, StoredRun } from '../run-record.js';

interface RunRow {
  readonly id: number;
  readonly started_at_ms: number;
  readonly ended_at_ms: number | null;
  readonly outcome: RunEnd['outcome'] | null;
  readonly start: string;
  readonly end: string | null;
}

/** The runs over the archive: command, time and outcome. */
export class RunTable {
  readonly #begin: Statement;
  readonly #end: Statement<{ readonly id: number }>;
  readonly #all: Statement<RunRow>;

  constructor(database: Database) {
    this.#begin = database.prepare('INSERT INTO runs (started_at_ms, start) VALUES (?, ?)');
    this.#end = database.prepare(
      'UPDATE runs SET ended_at_ms = ?, outcome = ?, "end" = ? WHERE id = ? AND ended_at_ms IS NULL RETURNING id',
    );
    this.#all = database.prepare('SELECT id, started_at_ms, ended_at_ms, outcome, start, "end" FROM runs ORDER BY id');
  }

  /** @returns the id of the run, ascending. */
  begin({ startedAtMs, ...start }: RunStart): number {
    return this.#begin.run(startedAtMs, JSON.stringify(start));
  }

  /** @throws {ChatferryError} `INTERNAL` when there is no such run, or it has already ended. */
  end(id: number, { endedAtMs, outcome, ...end }: RunEnd): void {
    if (this.#end.all(endedAtMs, outcome, JSON.stringify(end), id).length === 0) {
      throw new ChatferryError('INTERNAL', `Run ${id} cannot end: it never began, or it has ended already.`);
    }
  }

  /** Oldest first. */
  all(): readonly StoredRun[] {
    return this.#all.all().map((row) => {
      requireRow(row, { shape: RUN_ROW, table: 'runs', key: [row.id] });
      const start: RunStart = {
        ...(dataOf(row.start, { shape: RUN_START, column: 'runs.start', key: [row.id] }) as Omit<
          RunStart,
          'startedAtMs'
        >),
        startedAtMs: row.started_at_ms,
      };
      if (row.end === null || row.ended_at_ms === null || row.outcome === null) return { id: row.id, start };
      const end: RunEnd = {
        ...(dataOf(row.end, { shape: RUN_END, column: 'runs.end', key: [row.id] }) as Omit<
          RunEnd,
          'endedAtMs' | 'outcome'
        >),
        endedAtMs: row.ended_at_ms,
        outcome: row.outcome,
      };
      return { id: row.id, start, end };
    });
  }
}
