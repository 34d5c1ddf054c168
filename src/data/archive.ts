import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../errors.js';

/** What a ZIP archive such as NumPy's NPZ holds, in memory. A name is looked up and nothing else: nothing is ever written under it. */
export interface Archive {
  readonly md5: string;
  readonly names: readonly string[];
  /** The content of an entry. Throws a `UserError` if it is damaged. */
  read(name: string): Buffer;
}

/** What is unpacked is in memory, with what is made of it: a few megabytes of zeros may be a thousand times as many. */
const mostBytes = 2 ** 30;

/** @throws UserError if the file cannot be read or is no archive. */
export async function openArchive(path: string): Promise<Archive> {
  // Loaded where there is an archive to read.
  const { default: AdmZip } = await import('adm-zip');
  const cannot = (what: string, cause: unknown): UserError =>
    new UserError(`${what}: ${(cause as Error).message.replace(/^ADM-ZIP: /, '')}`, { exit: 'usage', cause });
  try {
    const bytes = readFileSync(path);
    const zip = new AdmZip(bytes);
    const entries = zip.getEntries().filter(({ isDirectory }) => !isDirectory);
    const names = entries.map(({ entryName }) => entryName);
    return {
      md5: createHash('md5').update(bytes).digest('hex'),
      names,
      read(name) {
        const held = entries.filter(({ entryName }) => entryName === name);
        if (held.length !== 1) throw new UserError(`${path} holds ${held.length} entries named ${name}`, { exit: 'usage' });
        const { size } = held[0]!.header;
        if (size > mostBytes) {
          throw new UserError(
            `${path}: ${name} unpacks to ${Math.ceil(size / 2 ** 20)} MB, more than the ${mostBytes / 2 ** 20} MB that are unpacked`,
            {
              hint: 'save it by itself with numpy.save: an NPY file is read record by record',
              exit: 'usage',
            },
          );
        }
        try {
          // With a wrong checksum, or with another length than the archive announces, this throws.
          return held[0]!.getData();
        } catch (cause) {
          throw cannot(`${path}: ${name} is damaged`, cause);
        }
      },
    };
  } catch (cause) {
    throw cannot(`${path} is no archive that can be read`, cause);
  }
}
