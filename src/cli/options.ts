import { type Command, InvalidArgumentError, Option } from 'commander';
import type { VectorBits } from '../backends/cpu/kernels.js';
import { type DeviceOptions, deviceNames } from './devices.js';

/** `--set path=value`, any number of times. */
export function setOption(): Option {
  const option = new Option('--set <path=value>', 'change a value of the config (repeatable)');
  // An empty list as its default would be shown in the help.
  return option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
}

/** A parser for whole numbers from `minimum` up. */
export const wholeNumber =
  (minimum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum)
      throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
    return value;
  };

/** Parses numbers above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** `--vector-bits <n>`. */
export function vectorBitsOption(): Option {
  const option = new Option('--vector-bits <n>', "bits of the CPU's vectors: 256 where the engine has them, or 128");
  return option.argParser((text: string): VectorBits => {
    if (text !== '128' && text !== '256') throw new InvalidArgumentError('It must be 128 or 256.');
    return text === '128' ? 128 : 256;
  });
}

export interface DeviceFlags {
  device: string;
  threads?: number;
  vectorBits?: VectorBits;
  deterministic?: boolean;
}

export function addDeviceOptions(command: Command): Command {
  return command
    .option('--device <name>', `where to compute: ${deviceNames.join(', ')}`, 'auto')
    .option('--threads <n>', 'threads of the CPU device (default: one per core)', wholeNumber(1))
    .addOption(vectorBitsOption())
    .option('--deterministic', 'CPU kernels whose bits are the same on every machine, not only for every number of threads');
}

export function deviceOptions({ device, threads, vectorBits, deterministic = false }: DeviceFlags): DeviceOptions {
  return {
    device,
    deterministic,
    ...(threads === undefined ? {} : { threads }),
    ...(vectorBits === undefined ? {} : { vectorBits }),
  };
}
