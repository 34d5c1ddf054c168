import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeFully } from './atomic-write.js';
import { encodeEvent, type Event } from './event-message.js';
import { fileError, systemErrorCode } from './file-error.js';
import { encodeRecord } from './tfrecord.js';

/** Events wait in memory until this many bytes of them are there, or `flush` is called. */
const bufferBytes = 64 * 1024;

export interface EventLogOptions {
  /**
   * The first step this log may hold, 0 unless given. On resume from a checkpoint taken after step N give N + 1: TensorBoard
   * then drops what the folder's earlier files hold at that step and later.
   */
  startStep?: number;
}

/**
 * Writes scalars as a TensorBoard event file. A log always starts a new file: the folder of a run may hold several, and
 * TensorBoard reads them in the order of their names.
 */
export class EventLog {
  readonly path: string;
  readonly #fd: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #closed = false;
  readonly #tags = new Set<string>();

  /** @throws UserError if no file can be made in this folder */
  constructor(folder: string, { startStep = 0 }: EventLogOptions = {}) {
    ({ path: this.path, fd: this.#fd } = createEventFile(folder));
    const wallTime = Date.now() / 1000;
    this.#add({ wallTime, step: 0, content: { fileVersion: 'brain.Event:2' } });
    // TensorBoard takes a session start for a restart only if it has seen one before, so the first file needs one too.
    this.#add({ wallTime, step: startStep, content: { sessionStart: true } });
    try {
      this.flush();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /**
   * Adds one point. The value is kept as a 32-bit float.
   *
   * @param wallTime seconds since 1970, now unless given
   * @throws UserError if the file cannot be written
   */
  scalar(tag: string, value: number, step: number, wallTime?: number): void {
    this.scalars({ [tag]: value }, step, wallTime);
  }

  /** Adds one point to each tag, as `scalar` does. */
  scalars(values: Readonly<Record<string, number>>, step: number, wallTime: number = Date.now() / 1000): void {
    const scalars = Object.entries(values).map(([tag, value]) => ({ tag, value, first: !this.#tags.has(tag) }));
    for (const { tag } of scalars) this.#tags.add(tag);
    if (scalars.length > 0) this.#add({ wallTime, step, content: { scalars } });
  }

  /**
   * Hands what is waiting to the system, so that a TensorBoard that watches the folder shows it.
   *
   * @throws UserError if the file cannot be written: the events that were waiting are lost, the file stays readable
   */
  flush(): void {
    if (this.#waitingBytes === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    let whole: number | undefined;
    try {
      whole = fstatSync(this.#fd).size;
      writeFully(this.#fd, bytes);
    } catch (error) {
      // Readers stop at a record that was cut short, and would never see what is appended after it.
      if (whole !== undefined) truncateQuietly(this.#fd, whole);
      throw fileError('write', this.path, error);
    }
  }

  /** Flushes and closes the file. Closing it again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
  }

  #add(event: Event): void {
    const record = encodeRecord(encodeEvent(event));
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
    if (this.#waitingBytes >= bufferBytes) this.flush();
  }
}

/** Makes `events.out.tfevents.<10-digit seconds>.<host>.<pid>.<n>`, a name that sorts after those already in the folder. */
function createEventFile(folder: string): { path: string; fd: number } {
  try {
    let seconds = Math.floor(Date.now() / 1000);
    for (const name of readdirSync(folder)) {
      const earlier = /^events\.out\.tfevents\.(\d{10})\./.exec(name);
      if (earlier) seconds = Math.max(seconds, Number(earlier[1]) + 1);
    }
    for (let n = 0; ; n++) {
      const path = join(folder, `events.out.tfevents.${String(seconds).padStart(10, '0')}.${hostname()}.${process.pid}.${n}`);
      try {
        return { path, fd: openSync(path, 'ax') };
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw error;
      }
    }
  } catch (error) {
    throw fileError('create an event file in', folder, error);
  }
}

function truncateQuietly(fd: number, length: number): void {
  try {
    ftruncateSync(fd, length);
  } catch {
    // The disk refuses this too; the write's own error says why.
  }
}
