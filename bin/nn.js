#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('error: nn is not built yet\nhint: run: npm run build');
  process.exit(1);
}
const { runCommandLine } = await import(main.href);
await runCommandLine(process.argv);
