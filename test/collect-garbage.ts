import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Frees what nothing holds, so that memory tells of what is held and not of when the engine last collected. */
export const collectGarbage = runInNewContext('gc') as () => void;
