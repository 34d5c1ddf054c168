import { type Command, InvalidArgumentError, Option } from 'commander';
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

export interface DeviceFlags {
  device: string;
  threads?: number;
  deterministic?: boolean;
}

export function addDeviceOptions(command: Command): Command {
  return command
    .option('--device <name>', `where to compute: ${deviceNames.join(', ')}`, 'auto')
    .option('--threads <n>', 'threads of the CPU device (default: one per core)', wholeNumber(1))
    .option('--deterministic', 'CPU kernels whose bits are the same on every machine, not only for every number of threads');
}

export function deviceOptions({ device, threads, deterministic = false }: DeviceFlags): DeviceOptions {
  return { device, deterministic, ...(threads === undefined ? {} : { threads }) };
}
