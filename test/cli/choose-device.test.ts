import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backends/backend.js';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import { type DeviceSource, chooseDevice } from '../../src/cli/devices.js';
import { UserError } from '../../src/errors.js';
import { ProgramBuilder } from '../../src/program/builder.js';

const builder = new ProgramBuilder();
builder.output('loss', builder.input('x'));
const step = builder.finish();

/** A device whose every run takes some milliseconds, or that fails in one way or another. */
function device(name: string, milliseconds: number, failure?: Error): Backend {
  const real = new ReferenceBackend();
  return {
    description: { device: name, engine: 'a test', numerics: 'test' },
    async open(programs) {
      const session = await real.open(programs);
      const executable: typeof session.executable = (program) => {
        const inner = session.executable(program);
        return {
          read: (output) => inner.read(output),
          async run(inputs) {
            if (failure) throw failure;
            await new Promise((resolve) => setTimeout(resolve, milliseconds));
            return inner.run(inputs);
          },
        };
      };
      return { ...session, executable };
    },
  };
}

async function choose(gpu: () => Backend, options: { deterministic?: boolean; reason?: string } = {}) {
  const said: string[] = [];
  const source: DeviceSource = {
    open: async ({ device: name }) => (name === 'gpu' ? gpu() : device('cpu', 20)),
    reasonAgainstGpu: async () => options.reason,
  };
  const { deterministic = false } = options;
  const { description } = await chooseDevice({ device: 'auto', deterministic }, step, (line) => said.push(line), source);
  return { device: description.device, said };
}

const fails = (error: Error) => (): Backend => {
  throw error;
};
const onCpu = (reason: string) => ({ device: 'cpu', said: ['device: cpu, a test', `no GPU: ${reason}`] });

describe('auto', () => {
  it('takes the faster device by a rehearsal', async () => {
    expect(await choose(() => device('gpu', 0))).toMatchObject({ device: 'gpu', said: ['device: gpu, a test', /rehearsal/] });
    expect(await choose(() => device('gpu', 60))).toMatchObject({ device: 'cpu', said: ['device: cpu, a test', /rehearsal/] });
  });

  it('does not open a GPU where something speaks against it', async () => {
    const opened = fails(new Error('it was opened'));
    expect(await choose(opened, { reason: 'no adapter found' })).toEqual(onCpu('no adapter found'));
    expect(await choose(opened, { deterministic: true })).toEqual(onCpu('--deterministic'));
  });

  it('takes the CPU and says why where the GPU cannot be opened, or cannot run the program', async () => {
    const error = new UserError('a tensor has too many elements');
    expect(await choose(fails(error))).toEqual(onCpu('a tensor has too many elements'));
    expect(await choose(() => device('gpu', 0, error))).toEqual(onCpu('a tensor has too many elements'));
  });

  it('hides no defect', async () => {
    await expect(choose(fails(new TypeError('a defect')))).rejects.toThrow('a defect');
  });
});
