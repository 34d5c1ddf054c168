import type { Command } from 'commander';
import { CpuBackend } from '../../backends/cpu/cpu.js';
import { printResult } from '../output.js';

export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description('list where models can be computed, and why not elsewhere')
    .option('--json', 'print the list as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { listGpuDevices } = await import('../../backends/gpujs/devices.js');
      const devices = [{ device: 'cpu', description: new CpuBackend().description }, ...(await listGpuDevices())];
      if (json) return printResult(JSON.stringify(devices));
      const rows = devices.map((entry) => {
        const { device, description } = entry;
        return [device, description ? 'yes' : 'no', description?.engine ?? ('reason' in entry ? entry.reason! : '')];
      });
      for (const [device, usable, text] of rows)
        printResult(`${device!.padEnd(13)} ${usable === 'yes' ? 'usable ' : 'missing'}  ${text}`);
    });
}
