import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MetricsLog, readMetrics } from '../../src/files/metrics-log.js';
import { runUnder } from './child-process.js';
import { temporaryFolder, userErrorFrom } from './temporary-folder.js';

function logWith(text?: string): MetricsLog {
  const path = join(temporaryFolder(), 'metrics.jsonl');
  if (text !== undefined) writeFileSync(path, text);
  return new MetricsLog(path);
}

describe('MetricsLog', () => {
  it('appends one object a line; a number that is not finite is null', () => {
    const log = logWith();
    log.append({ step: 1, epoch: 0, loss: 0.5 });
    log.append({ step: 2, epoch: 0, loss: NaN });
    expect(readFileSync(log.path, 'utf8')).toBe('{"step":1,"epoch":0,"loss":0.5}\n{"step":2,"epoch":0,"loss":null}\n');
    expect(readMetrics(log.path)).toEqual([
      { step: 1, epoch: 0, loss: 0.5 },
      { step: 2, epoch: 0, loss: null },
    ]);
  });

  it('drops rows after a step', () => {
    const log = logWith('{"step":1}\n{"step":2}\n{"step":2,"val":1}\n{"step":3}\n{"step":4}\n');
    expect(log.truncateAfterStep(2)).toBe(2);
    expect(readFileSync(log.path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":2,"val":1}\n');
    log.append({ step: 3, epoch: 1 });
    expect(readMetrics(log.path).map((row) => row.step)).toEqual([1, 2, 2, 3]);
  });

  it.each(['{"step":2,"lo', '{"step":2', '{', 'null', '[2]', '"step"', '\n', '{"step":"2"}', '\0\0\0\n'])(
    'drops %j, which is no whole row',
    (rest) => {
      const log = logWith(`{"step":1}\n${rest}`);
      expect(readMetrics(log.path)).toEqual([{ step: 1 }]);
      expect(log.truncateAfterStep(9)).toBe(1);
      expect(readFileSync(log.path, 'utf8')).toBe('{"step":1}\n');
    },
  );

  it('ends a whole last row that lost its newline', () => {
    const log = logWith('{"step":1}\n{"step":2}');
    expect(log.truncateAfterStep(2)).toBe(0);
    expect(readFileSync(log.path, 'utf8')).toBe('{"step":1}\n{"step":2}\n');
  });

  it('leaves a file alone that needs no change, and makes none', () => {
    const log = logWith('{"step":1}\n');
    const { ino } = statSync(log.path);
    expect(log.truncateAfterStep(1)).toBe(0);
    expect(statSync(log.path).ino).toBe(ino);
    const none = logWith();
    expect(none.truncateAfterStep(1)).toBe(0);
    expect(existsSync(none.path)).toBe(false);
    expect(readMetrics(none.path)).toEqual([]);
  });

  it('says that the disk is full', (context) => {
    if (!existsSync('/dev/full')) context.skip('this system has no /dev/full');
    const log = logWith();
    symlinkSync('/dev/full', log.path);
    expect(userErrorFrom(() => log.append({ step: 1, epoch: 0 })).message).toBe(`cannot write ${log.path}: the disk is full`);
  });

  it('keeps whole rows when the disk gets full', () => {
    const log = logWith();
    const { stdout } = runUnder(
      'ulimit -f 2',
      `const log = new MetricsLog(${JSON.stringify(log.path)});
      for (let step = 1; ; step++) log.append({ step, epoch: 0, loss: 0.123456789 });`,
    );
    expect(stdout).toMatch(/^UserError: cannot write .*metrics\.jsonl: the file would be larger than this system allows\n$/);
    const text = readFileSync(log.path, 'utf8');
    expect(text.endsWith('}\n')).toBe(true);
    expect(readMetrics(log.path)).toHaveLength(text.split('\n').length - 1);
  });

  it('says that the file cannot be written', () => {
    const folder = temporaryFolder();
    expect(userErrorFrom(() => new MetricsLog(folder).append({ step: 1, epoch: 0 })).message).toMatch(/it is a folder/);
    expect(userErrorFrom(() => readMetrics(folder)).message).toMatch(/cannot read .*it is a folder/);
  });
});
