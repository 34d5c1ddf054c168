import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { loadCheckpoint, readCheckpointMetadata, saveCheckpoint, type Checkpoint } from '../../src/files/checkpoint.js';
import { encodeSafetensors } from '../../src/files/safetensors.js';
import { anyTensors } from './any-tensor.js';
import { runUnder, start } from './child-process.js';
import { temporaryFolder, userErrorFrom } from './temporary-folder.js';

const small: Checkpoint = {
  tensors: new Map([
    ['dense.kernel', { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 1e-38, -0, 3e38) }],
    ['adam.step', { shape: [], data: Float32Array.of(7) }],
    ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ]),
  metadata: { step: 7, epoch: 0, best: { val_loss: -0, at: null }, history: [1, 'ü "quoted"', true], seed: 2 ** 53 - 1 },
};

function saved(checkpoint: Checkpoint = small): string {
  const path = join(temporaryFolder(), 'last.safetensors');
  saveCheckpoint(path, checkpoint);
  return path;
}

describe('saveCheckpoint and loadCheckpoint', () => {
  it('read back what was written', () => {
    const found = loadCheckpoint(saved());
    expect(new Map(found.tensors)).toEqual(small.tensors);
    expect(found.metadata).toEqual(small.metadata);
  });

  it('read back any finite tensors and any JSON', () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    fc.assert(
      fc.property(anyTensors, fc.dictionary(fc.string(), fc.jsonValue()), (tensors, metadata) => {
        for (const { data } of tensors.values()) data.forEach((value, i) => (data[i] = Number.isFinite(value) ? value : 0));
        saveCheckpoint(path, { tensors, metadata });
        const found = loadCheckpoint(path);
        expect(new Map(found.tensors)).toEqual(tensors);
        expect({ ...found.metadata }).toEqual({ ...metadata });
        expect({ ...readCheckpointMetadata(path) }).toEqual({ ...metadata });
      }),
    );
  });

  it('give equal bytes for equal states, whatever the order of keys', () => {
    const reversed: Checkpoint = {
      tensors: new Map([...small.tensors].reverse()),
      metadata: Object.fromEntries(Object.entries(small.metadata).reverse()),
    };
    expect(readFileSync(saved(reversed)).equals(readFileSync(saved()))).toBe(true);
  });

  it('still read the first format', () => {
    const found = loadCheckpoint(new URL('../fixtures/files/checkpoint-format-1.safetensors', import.meta.url).pathname);
    expect(new Map(found.tensors)).toEqual(small.tensors);
    expect(found.metadata).toEqual(small.metadata);
  });

  it('read the metadata alone', () => {
    expect(readCheckpointMetadata(saved())).toEqual(small.metadata);
  });
});

describe('saveCheckpoint', () => {
  it.each([NaN, Infinity, -Infinity])('refuses %s, names the tensor and keeps the older file', (value) => {
    const path = saved();
    const before = readFileSync(path);
    const tensors = new Map([...small.tensors, ['conv.bias', { shape: [3], data: Float32Array.of(0, value, 0) }] as const]);
    const error = userErrorFrom(() => saveCheckpoint(path, { tensors, metadata: {} }));
    expect(error.message).toContain(`value 1 of tensor "conv.bias" is ${value}`);
    expect(error.hint).toMatch(/learning rate/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuses metadata that JSON would change', () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    const save = (metadata: Record<string, unknown>) => () => saveCheckpoint(path, { tensors: new Map(), metadata });
    expect(userErrorFrom(save({ best: { val_loss: Infinity } })).message).toMatch(/metadata\.best\.val_loss is Infinity/);
    expect(save({ when: new Date() })).toThrow(TypeError);
    expect(save({ order: new Uint32Array(2) })).toThrow(TypeError);
    expect(save({ list: [undefined] })).toThrow(TypeError);
  });

  it('survives a full disk: the older file stays whole and no temporary file is left', () => {
    const path = saved();
    const { status, stdout } = runUnder(
      'ulimit -f 8',
      `saveCheckpoint(${JSON.stringify(path)}, { tensors: new Map([['w', { shape: [100000], data: new Float32Array(100000) }]]), metadata: {} });`,
    );
    expect(stdout).toBe(`UserError: cannot write ${path}: the file would be larger than this system allows\n`);
    expect(status).toBe(1);
    expect(loadCheckpoint(path).metadata).toEqual(small.metadata);
    expect(readdirSync(join(path, '..'))).toEqual(['last.safetensors']);
  });

  it('survives a full file system', (context) => {
    const folder = temporaryFolder();
    const inside = 'unshare --user --map-root-user --mount';
    const mount = `mount -t tmpfs -o size=64k tmpfs ${folder}`;
    if (runUnder(`${inside} sh -c '${mount}'`, '').status !== 0) context.skip('this system lets no user mount a file system');
    const path = JSON.stringify(join(folder, 'last.safetensors'));
    const { stdout } = runUnder(
      `[ -n "$INSIDE" ] || INSIDE=1 exec ${inside} sh -c '${mount} && exec "$0" "$1"' "$0" "$1"`,
      `import { readdirSync } from 'node:fs';
      const state = (length) => ({ tensors: new Map([['w', { shape: [length], data: new Float32Array(length) }]]), metadata: { length } });
      saveCheckpoint(${path}, state(1000));
      try { saveCheckpoint(${path}, state(100000)); } catch (error) { console.log(error.name, error.message, error.hint); }
      console.log(loadCheckpoint(${path}).metadata.length, readdirSync(${JSON.stringify(folder)}).join());`,
    );
    expect(stdout).toMatch(
      /^UserError cannot write .*: the disk is full The earlier file is unchanged\. Free some space.*\n1000 last\.safetensors\n$/,
    );
  });

  it('leaves a whole file when the process is killed at any moment', async () => {
    const path = saved();
    for (const delay of [0, 1, 3, 7, 12]) {
      const child = start(
        `const tensors = new Map([['w', { shape: [200000], data: new Float32Array(200000) }]]);
        for (let step = 0; ; step++) { tensors.get('w').data.fill(step); saveCheckpoint(${JSON.stringify(path)}, { tensors, metadata: { step } });
          if (step === 0) console.log('saving'); }`,
      );
      await once(child.stdout!, 'data');
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const { tensors, metadata } = loadCheckpoint(path);
      expect(tensors.get('w')!.data.every((value) => value === metadata['step'])).toBe(true);
    }
  });
});

describe('loadCheckpoint', () => {
  it('refuses a safetensors file of another program', () => {
    const path = saved();
    writeFileSync(path, Buffer.concat(encodeSafetensors(small.tensors, { format: 'pt' })));
    expect(userErrorFrom(() => loadCheckpoint(path)).message).toBe(
      `${path} is a safetensors file, but not a checkpoint of this program`,
    );
    expect(userErrorFrom(() => readCheckpointMetadata(path)).message).toMatch(/not a checkpoint/);
  });

  it('names another format version before it stumbles over what that version changed', () => {
    const path = saved();
    const text = readFileSync(path)
      .toString('latin1')
      .replace('"format_version":"1"', '"format_version":"2"')
      .replace('F32', 'F16');
    writeFileSync(path, text, 'latin1');
    expect(userErrorFrom(() => loadCheckpoint(path)).message).toBe(
      `${path} has checkpoint format "2", and this version reads "1"`,
    );
  });

  it('says that a value was altered', () => {
    const path = saved();
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(userErrorFrom(() => loadCheckpoint(path)).message).toMatch(/altered or damaged .* checksum does not match/);
  });

  it('refuses every single altered byte', () => {
    const path = saved();
    const bytes = readFileSync(path);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (position, mask) => {
        const changed = Buffer.from(bytes);
        changed[position]! ^= mask;
        writeFileSync(path, changed);
        expect(() => loadCheckpoint(path)).toThrow(UserError);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses white space for padding', () => {
    const path = saved();
    const text = readFileSync(path).toString('latin1');
    expect(text).toContain('}} ');
    writeFileSync(path, text.replace('}} ', '}}\n'), 'latin1');
    expect(userErrorFrom(() => loadCheckpoint(path)).message).toMatch(/altered/);
  });

  it('refuses a file cut at any length, or with bytes added', () => {
    const path = saved();
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(() => loadCheckpoint(path)).toThrow(UserError);
    }
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1)]));
    expect(() => loadCheckpoint(path)).toThrow(UserError);
  });
});
