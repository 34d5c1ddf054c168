import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatasetContext } from '../../src/catalog/dataset.js';
import { eachRole, idxRoles, type IdxRole } from '../../src/catalog/datasets/idx.js';
import { classification } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { mnistSet } from '../../src/catalog/datasets/mnist.js';
import { definePublished, type PublishedDataset } from '../../src/catalog/published-idx.js';
import { type PublishedSources } from '../../src/catalog/published-sources.js';
import { readIdx } from '../../src/data/idx.js';
import { idxBytes, someBytes, temporaryFolder, userError } from './idx-files.js';

const root = temporaryFolder();

// A small set in place of the published one: 5 + 3 images of 2 × 2.
const contents: Record<IdxRole, Buffer> = {
  train_images: idxBytes([5, 2, 2], someBytes(20)),
  train_labels: idxBytes([5], Uint8Array.of(1, 2, 3, 4, 9)),
  test_images: idxBytes([3, 2, 2], someBytes(12)),
  test_labels: idxBytes([3], Uint8Array.of(0, 0, 7)),
};
const names: Record<IdxRole, string> = {
  train_images: 'train-images-idx3-ubyte',
  train_labels: 'train-labels-idx1-ubyte',
  test_images: 't10k-images-idx3-ubyte',
  test_labels: 't10k-labels-idx1-ubyte',
};
const info = classification([2, 2, 1], 10, { trainLength: 5, testLength: 3 });

let project: string;
let context: DatasetContext;
let set: PublishedDataset;
let sources: PublishedSources;
let lines: string[];
let servers: Server[] = [];

beforeEach(() => {
  project = join(root, String(Math.random()).slice(2));
  lines = [];
  context = { folder: join(project, 'configs'), cache: join(project, 'cache'), log: (line) => void lines.push(line) };
  set = {
    ...mnistSet,
    published: {
      ...mnistSet.published,
      files: eachRole(publishedFile),
      mirrors: ['https://first.invalid/', 'https://second.invalid/'],
    },
  };
  sources = {
    fetch: async (url) => {
      throw new TypeError('fetch failed', { cause: new Error(`getaddrinfo ENOTFOUND ${new URL(String(url)).host}`) });
    },
    stallMs: 5000,
    packageFolder: () => undefined,
    workingFolder: () => join(project, 'elsewhere'),
  };
});

afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
  servers = [];
});

function publishedFile(role: IdxRole) {
  const path = join(root, role);
  writeFileSync(path, contents[role]);
  const { shape, md5 } = readIdx(path);
  return { name: names[role], otherNames: [names[role].replace('-idx', '.idx')], md5, shape };
}

/** Writes the files into a folder of the project; returns the folder. */
function place(folder: string, roles: readonly IdxRole[] = idxRoles, rename = (name: string) => name): string {
  mkdirSync(join(project, folder), { recursive: true });
  for (const role of roles) {
    const name = rename(names[role]);
    writeFileSync(join(project, folder, name), name.endsWith('.gz') ? gzipSync(contents[role]) : contents[role]);
  }
  return join(project, folder);
}

const load = (options: { folder?: string } = {}) => definePublished(set, sources).load(options, context);
const describeSet = (options: { folder?: string } = {}) => definePublished(set, sources).describe!(options, context);
const loadedFrom = async (options?: { folder?: string }) => dirname((await load(options)).provenance[0]!.file);

/** A file of the right sizes whose last byte differs. */
function otherBytes(role: IdxRole): Buffer {
  return Buffer.from(contents[role].map((byte, i, { length }) => (i === length - 1 ? byte ^ 1 : byte)));
}

/** A server on this machine. Returns its address. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function mirror(change: (role: IdxRole, bytes: Buffer) => Buffer = (_, bytes) => gzipSync(bytes)): RequestListener {
  return (request, response) => {
    const role = idxRoles.find((each) => request.url === `/${names[each]}.gz`)!;
    response.end(change(role, contents[role]));
  };
}

describe('where MNIST is looked for', () => {
  it('near the config, then the working folder, the package and the cache: the first that has all four', async () => {
    const cache = place('cache/mnist');
    expect(await loadedFrom()).toBe(cache);
    const installed = place('package');
    sources.packageFolder = () => installed;
    expect(await loadedFrom()).toBe(installed);
    const working = place('elsewhere/data/mnist');
    expect(await loadedFrom()).toBe(working);
    const beside = place('data/mnist');
    expect(await loadedFrom()).toBe(beside);
    const own = place('configs/data/mnist');
    expect(await loadedFrom()).toBe(own);
    expect(await loadedFrom({ folder: '../package' })).toBe(installed);
    expect(lines).toEqual([]);
  });

  it('under any of its names, plain or compressed', async () => {
    const dotted = (name: string) => name.replace('-idx', '.idx');
    const folders = [(name: string) => name, dotted, (name: string) => `${name}.gz`, (name: string) => `${dotted(name)}.gz`];
    for (const [i, rename] of folders.entries()) {
      const folder = place(`copy-${i}`, idxRoles, rename);
      const { train, test, provenance } = await load({ folder });
      expect(train.columns.target!.values).toEqual(Uint8Array.of(1, 2, 3, 4, 9));
      expect(test.columns.input!.values).toEqual(someBytes(12));
      expect(provenance.map(({ md5 }) => md5)).toEqual(idxRoles.map((role) => set.published.files[role].md5));
    }
  });

  it('passes over a folder that lacks a file, and says so', async () => {
    const partial = place('data/mnist', ['train_images', 'test_images', 'test_labels']);
    const cache = place('cache/mnist');
    expect(await loadedFrom()).toBe(cache);
    expect(lines).toEqual([`${partial} is not used: expected the 4 files of MNIST, but ${names.train_labels} not found`]);
  });

  it('in `folder` and nowhere else', async () => {
    place('data/mnist');
    place('mine', ['train_images', 'train_labels', 'test_images']);
    for (const read of [load, describeSet]) {
      const error = await userError(() => read({ folder: '../mine' }));
      expect(error.message).toContain(
        `${join(project, 'mine')}: expected the 4 files of MNIST, but ${names.test_labels} not found`,
      );
      expect(error.hint).toContain(`Put ${names.test_labels} (plain, or with .gz) into ${join(project, 'mine')}.`);
      expect((await userError(() => read({ folder: 'absent' }))).message).toContain(names.train_images);
    }
  });

  it('describes itself without a download', async () => {
    expect(await describeSet()).toEqual(info);
    place('data/mnist');
    expect(await describeSet()).toEqual(info);
  });
});

describe('a copy of MNIST that is wrong', () => {
  it('with other bytes: both checksums and what to do', async () => {
    const folder = place('data/mnist');
    const path = join(folder, names.train_labels);
    writeFileSync(path, otherBytes('train_labels'));
    const { md5 } = readIdx(path);
    const error = await userError(() => load());
    expect(error.message).toContain(`${path}: wrong checksum`);
    expect(error.message).toContain(`is ${md5}, expected ${set.published.files.train_labels.md5}`);
    expect(error.hint).toBe('Delete the file: another copy is then looked for, or downloaded.');
    expect((await userError(() => load({ folder }))).hint).toBe('Delete the file and put the published one in its place.');
  });

  it('with other sizes: known from its header', async () => {
    const path = join(place('data/mnist'), names.test_images);
    writeFileSync(path, idxBytes([4, 2, 2], someBytes(16)));
    for (const read of [load, describeSet]) {
      expect((await userError(() => read())).message).toBe(`${path}: holds 4 × 2 × 2, but in MNIST it is 3 × 2 × 2`);
    }
  });
});

describe('the download of MNIST', () => {
  it('fills the cache once, and fetches only what is missing', async () => {
    const asked: string[] = [];
    const answer = mirror();
    set.published.mirrors = [
      await serve((request, response) => {
        asked.push(request.url!);
        answer(request, response);
      }),
    ];
    sources.fetch = fetch;
    const { info: found, train } = await load();
    expect(found).toEqual(info);
    expect(train.columns.input!.values).toEqual(someBytes(20));
    const cache = join(context.cache, 'mnist');
    expect(readdirSync(cache).sort()).toEqual(idxRoles.map((role) => `${names[role]}.gz`).sort());
    expect(lines).toEqual(idxRoles.map((role) => `downloading ${set.published.mirrors[0]}${names[role]}.gz`));
    await load();
    expect(asked.length).toBe(4);
    rmSync(join(cache, `${names.test_images}.gz`));
    await load();
    expect(asked.slice(4)).toEqual([`/${names.test_images}.gz`]);
  });

  it('goes on to the next mirror after a wrong answer', async () => {
    const bad: RequestListener[] = [
      (_, response) => void response.writeHead(503).end(),
      mirror((role) => gzipSync(otherBytes(role))),
      mirror(() => Buffer.from('<html>Please log in</html>')),
      mirror((_, bytes) => gzipSync(bytes).subarray(0, 30)),
      mirror((_, bytes) => gzipSync(Buffer.concat([bytes, Buffer.alloc(1_000_000)]))),
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('x', () => response.destroy());
      },
    ];
    const good = await serve(mirror((role, bytes) => (role === 'train_images' ? bytes : gzipSync(bytes))));
    sources.fetch = fetch;
    for (const answer of bad) {
      rmSync(context.cache, { recursive: true, force: true });
      set.published.mirrors = [await serve(answer), good];
      expect((await load()).train.length).toBe(5);
      expect(readdirSync(join(context.cache, 'mnist')).length).toBe(4);
    }
  });

  it('keeps nothing wrong, and says what each mirror answered', async () => {
    set.published.mirrors = [
      await serve(mirror((role) => gzipSync(otherBytes(role)))),
      await serve(mirror(() => gzipSync(idxBytes([2 ** 15, 2 ** 10], new Uint8Array(0))))),
      await serve((_, response) => void response.writeHead(404, 'Not Found').end()),
      await serve(() => {}),
    ];
    sources.fetch = fetch;
    sources.stallMs = 200;
    const { message } = await userError(() => load());
    expect(message).toMatch(/^MNIST is not on this machine and cannot be downloaded:\n/);
    expect(message).toMatch(/wrong checksum: MD5 of the uncompressed file is [0-9a-f]{32}, expected [0-9a-f]{32}\n/);
    expect(message).toContain('.gz: holds 32768 × 1024, but in MNIST it is 5 × 2 × 2\n');
    expect(message).toContain('.gz: the server answered 404 Not Found\n');
    expect(message).toMatch(/\.gz: no answer for 0\.2 s$/);
    expect(message).not.toContain('.part');
    expect(readdirSync(join(context.cache, 'mnist'))).toEqual([]);
  });

  it('stops an endless answer', async () => {
    const piece = Buffer.alloc(2 ** 20);
    set.published.mirrors = ['https://endless.invalid/'];
    sources.fetch = async () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(piece) }));
    expect((await userError(() => load())).message).toContain('the answer is longer than 67108864 bytes');
    expect(readdirSync(join(context.cache, 'mnist'))).toEqual([]);
  });

  it('without a network says where to put which files', async () => {
    const error = await userError(() => load());
    for (const host of ['first.invalid', 'second.invalid']) {
      expect(error.message).toContain(`https://${host}/${names.train_images}.gz: fetch failed (getaddrinfo ENOTFOUND ${host})`);
    }
    for (const name of Object.values(names)) expect(error.hint).toContain(name);
    expect(error.hint).toContain(join(context.folder, 'data', 'mnist'));
    place('configs/data/mnist');
    expect((await load()).info).toEqual(info);
  });

  it('names a cache folder that cannot be made', async () => {
    mkdirSync(project, { recursive: true });
    writeFileSync(context.cache, 'a file');
    const error = await userError(() => load());
    expect(error.message).toContain(`${join(context.cache, 'mnist')}: the folder for downloads cannot be made`);
    expect(existsSync(context.cache) && readFileSync(context.cache, 'utf8')).toBe('a file');
  });
});

describe('the real MNIST', () => {
  it('is read from the installed package', async () => {
    const mnist = datasets.get('mnist');
    const { info: found, train, test } = await mnist.load({}, context);
    expect(found).toEqual(classification([28, 28, 1], 10, { trainLength: 60000, testLength: 10000 }));
    expect(await mnist.describe!({}, context)).toEqual(found);
    expect([...train.columns.target!.values.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...test.columns.target!.values.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    // The mean that is quoted everywhere for MNIST's training images.
    let sum = 0;
    for (const byte of train.columns.input!.values) sum += byte;
    expect(sum / train.columns.input!.values.length / 255).toBeCloseTo(0.1307, 4);
  });
});
