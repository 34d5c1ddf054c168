import { UserError } from '../../errors.js';
import type { Device } from './webgpu.js';

/** How many runs may wait on the device: enough to keep it busy, few enough to bound what waits. */
const runsAhead = 4;

/** Takes note of what a WebGPU device reports outside any call: errors in submitted work, and its loss. */
export class DeviceWatch {
  private readonly device: Device;
  private readonly pending: Promise<void>[] = [];
  private fault: string | undefined;

  private constructor(device: Device) {
    this.device = device;
    device.onuncapturederror = ({ error }) => (this.fault ??= `the GPU reported an error: ${error.message}`);
    void device.lost.then(({ reason, message }) => {
      this.fault ??= reason === 'destroyed' ? 'the GPU device has been released' : `the GPU was lost: ${message || reason}`;
    });
  }

  private static readonly watches = new WeakMap<Device, DeviceWatch>();

  /** The one watch of a device: it has a single place for error handlers. */
  static of(device: Device): DeviceWatch {
    const found = DeviceWatch.watches.get(device) ?? new DeviceWatch(device);
    DeviceWatch.watches.set(device, found);
    return found;
  }

  /** Throws a `UserError` if the device has failed: its results are no longer to be trusted. */
  check(): void {
    if (this.fault !== undefined) {
      throw new UserError(this.fault, {
        hint: 'resume from the last checkpoint; if memory ran out, with a smaller batch_size or with --device cpu',
      });
    }
  }

  /** Waits until no more than a few runs are queued on the device. Call after each run. */
  async keepPace(): Promise<void> {
    // What goes wrong on the way is told by the fault.
    this.pending.push(this.device.queue.onSubmittedWorkDone().catch(() => undefined));
    if (this.pending.length > runsAhead) await this.pending.shift();
    this.check();
  }

  /** Waits for all submitted work. */
  async finish(): Promise<void> {
    await Promise.all(this.pending.splice(0));
  }
}
