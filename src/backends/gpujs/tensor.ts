/** A result of a GPU.js kernel: a plain array, or a handle to memory of the device. */
export type Handle = Float32Array | DeviceHandle;

export interface DeviceHandle {
  toArray(): Float32Array | Promise<Float32Array>;
  delete(): void;
}

/** Counts the tensors that hold memory. */
export interface LiveTensors {
  count: number;
}

/**
 * A handle shared by all that read it: state, a reshaped view, an output. Its memory is given back when the last one releases it.
 * GPU.js itself notices the use of a deleted handle in some modes only, so it is checked here.
 */
export class Tensor {
  private readonly content: Handle;
  private readonly live: LiveTensors;
  private owners = 1;

  constructor(content: Handle, live: LiveTensors) {
    this.content = content;
    this.live = live;
    live.count++;
  }

  get handle(): Handle {
    if (this.owners === 0) throw new Error('a tensor is read after its release');
    return this.content;
  }

  /** One more owner. */
  retain(): this {
    if (this.owners === 0) throw new Error('a tensor is retained after its release');
    this.owners++;
    return this;
  }

  release(): void {
    if (this.owners === 0) throw new Error('a tensor is released twice');
    if (--this.owners > 0) return;
    this.live.count--;
    if ('delete' in this.content) this.content.delete();
  }
}
