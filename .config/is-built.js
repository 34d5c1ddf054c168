// Exits with 0 where dist is newer than all it is made of, else with 1. npx links this package into its cache when `npx nn` is first
// run, and prepares it there once more: a second build would be long seconds of silence.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const changed = (name) => (existsSync(path(name)) ? statSync(path(name)).mtimeMs : -Infinity);

// Folders count too: their time tells of files that were removed.
const sources = ['src', ...readdirSync(path('src'), { recursive: true }).map((name) => `src/${name}`)];
const settings = ['package.json', 'package-lock.json', 'tsconfig.json'];
const results = ['dist/kernels/plain.wasm', 'dist/kernels/relaxed.wasm', 'dist/cli/main.js'];

const newest = Math.max(...[...sources, ...settings].map(changed));
process.exit(newest < Math.min(...results.map(changed)) ? 0 : 1);
