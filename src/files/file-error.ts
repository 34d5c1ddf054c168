import { UserError } from '../errors.js';

/** Why a system call failed, in words, and what to do about it, keyed by the code that Node puts on the error. */
const reasons: Record<string, { why: string; hint: string }> = {
  ENOSPC: { why: 'the disk is full', hint: 'Free some space, or use a folder on another disk.' },
  EDQUOT: { why: 'the disk quota is used up', hint: 'Free some space, or use a folder on another disk.' },
  EFBIG: {
    why: 'the file would be larger than this system allows',
    hint: 'Raise the limit on file sizes (`ulimit -f`), or use a folder on another disk.',
  },
  EACCES: { why: 'permission denied', hint: 'Check who owns the file and its folder, or use another folder.' },
  EPERM: { why: 'the system does not permit it', hint: 'Check who owns the file and its folder, or use another folder.' },
  EROFS: { why: 'the file system is read-only', hint: 'Use a folder that can be written.' },
  ENOENT: { why: 'no such file or folder', hint: 'Check the path for a typing mistake.' },
  EEXIST: { why: 'a file of this name exists already', hint: 'Use another name.' },
  ENOTDIR: { why: 'a part of the path is a file, not a folder', hint: 'Check the path for a typing mistake.' },
  EISDIR: { why: 'it is a folder, and a file was expected', hint: 'Give the path of a file.' },
  ENAMETOOLONG: { why: 'the name is too long', hint: 'Use a shorter name.' },
  ELOOP: { why: 'its symbolic links form a loop', hint: 'Check the links along the path.' },
  EMFILE: { why: 'too many files are open', hint: 'Raise the limit on open files (`ulimit -n`).' },
  ENFILE: { why: 'too many files are open on this machine', hint: 'Close other programs, or raise the limit of the system.' },
  EIO: { why: 'the disk reported an error', hint: 'Check the disk, and use a folder on another one.' },
  EBUSY: { why: 'another program is using it', hint: 'Close that program and try again.' },
};

/** The code of a failed system call (`ENOSPC`, …), or undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  // Node's own argument checks (`ERR_INVALID_ARG_TYPE`) carry a code too: those are defects, not the state of a disk.
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/**
 * Turns a failed system call into a `UserError` such as `cannot write runs/a/last.safetensors: the disk is full`. Any other
 * error is a defect, or has been explained already, and is returned as it is.
 *
 * @param action what was tried: `write`, `read`, `create` …
 * @param note said before the advice on what to do, for example what was left untouched
 */
export function fileError(action: string, path: string, error: unknown, note?: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined) return error;
  const { why, hint } = reasons[code] ?? { why: `the system answered ${code}`, hint: 'Check the path and the disk.' };
  return new UserError(`cannot ${action} ${path}: ${why}`, { hint: note === undefined ? hint : `${note} ${hint}`, cause: error });
}
