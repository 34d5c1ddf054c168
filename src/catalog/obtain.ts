import { z } from 'zod';

/** The option of data sets that read files which somebody else may not have yet. */
export const obtain = z
  .string()
  .min(1)
  .optional()
  .describe('How the files can be had, such as a command: said where they are missing.');
