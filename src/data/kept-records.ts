import { type PreparedFile, openPrepared, readPrepared, writePrepared } from './prepared-cache.js';

/** Records that were slow to make. */
export interface KeptRecords {
  readonly file: PreparedFile;
  /** All of them, where they are held in memory. */
  readonly held: Uint8Array | undefined;
  /** Whether they were made now, and not found. */
  readonly isMade: boolean;
}

/**
 * The records of a prepared file, which is made where there is none that is whole and was made for the same key.
 * @param isHeld whether they are to be in memory
 * @param make as for `writePrepared`
 */
export async function keptRecords(
  path: string,
  key: string,
  recordBytes: number,
  isHeld: boolean,
  make: Parameters<typeof writePrepared>[3],
): Promise<KeptRecords> {
  const found = openPrepared(path, key, recordBytes);
  const held = found !== undefined && isHeld ? readPrepared(found) : undefined;
  if (found !== undefined && (!isHeld || held !== undefined)) return { file: found, held, isMade: false };
  const file = await writePrepared(path, key, recordBytes, make);
  return { file, held: isHeld ? readPrepared(file) : undefined, isMade: true };
}
