import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeTemporaryFiles, writeFileAtomically } from '../../src/files/atomic-write.js';
import { temporaryFolder, userErrorFrom } from './temporary-folder.js';

describe('writeFileAtomically', () => {
  it('writes chunks in order, replaces the older file and leaves nothing else', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.bin');
    writeFileAtomically(path, [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]);
    writeFileAtomically(path, [Uint8Array.of(4), Uint8Array.of(5, 6)]);
    expect([...readFileSync(path)]).toEqual([4, 5, 6]);
    expect(readdirSync(folder)).toEqual(['a.bin']);
  });

  it('writes memory that threads share', () => {
    const path = join(temporaryFolder(), 'a.bin');
    const shared = new Float32Array(new SharedArrayBuffer(8)).fill(1);
    writeFileAtomically(path, [new Uint8Array(shared.buffer)]);
    expect(readFileSync(path).toString('hex')).toBe('0000803f0000803f');
  });

  it('says that the folder is missing', () => {
    const path = join(temporaryFolder(), 'none', 'a.bin');
    const error = userErrorFrom(() => writeFileAtomically(path, []));
    expect(error.message).toBe(`cannot write ${path}: no such file or folder`);
    expect(error.hint).toBeDefined();
  });

  it('says that a part of the path is a file', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(userErrorFrom(() => writeFileAtomically(join(file, 'a'), [])).message).toMatch(/a part of the path is a file/);
  });

  it('removes the temporary file when the rename fails', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
    const error = userErrorFrom(() => writeFileAtomically(join(folder, 'taken'), [Uint8Array.of(1)]));
    expect(error.message).toMatch(/it is a folder/);
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('does not dress a defect as an error of the user', () => {
    const path = join(temporaryFolder(), 'a.bin');
    expect(() => writeFileAtomically(path, [null as unknown as Uint8Array])).toThrow(TypeError);
  });
});

describe('removeTemporaryFiles', () => {
  it('removes what a killed process left, and nothing else', () => {
    const folder = temporaryFolder();
    for (const name of ['.last.safetensors.123-0.tmp', 'last.safetensors', '.hidden', 'notes.tmp']) {
      writeFileSync(join(folder, name), '');
    }
    removeTemporaryFiles(folder);
    expect(readdirSync(folder).sort()).toEqual(['.hidden', 'last.safetensors', 'notes.tmp']);
  });
});
