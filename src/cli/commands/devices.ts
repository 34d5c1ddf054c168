import type { Command } from 'commander';
import { CpuBackend } from '../../backends/cpu/cpu.js';
import type { GpuJsDevice } from '../../backends/gpujs/devices.js';
import { listGpuDevices } from '../devices.js';
import { wrap } from '../format.js';
import { printResult } from '../output.js';

export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description('list where models can be computed, and why not elsewhere')
    .option('--json', 'print the list as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const devices = [{ device: 'cpu', description: new CpuBackend().description }, ...(await listGpuDevices())];
      if (json) return printResult(JSON.stringify(devices));
      for (const { device, description, reason } of devices as GpuJsDevice[]) {
        const start = `${device.padEnd(13)} ${description ? 'usable ' : 'missing'}  `;
        const [first, ...rest] = wrap(description?.engine ?? reason ?? '', 80 - start.length);
        printResult([`${start}${first}`, ...rest.map((line) => ' '.repeat(start.length) + line)].join('\n'));
      }
    });
}
