import { describe, expect, it } from 'vitest';
import { nnHere, nnHereOk } from './in-process.js';

describe('nn bench --config', () => {
  it('times steps with the batches of a config and with one batch', async () => {
    const { stdout } = await nnHereOk([
      'bench',
      '--config',
      'configs/few-digits.yaml',
      '--threads',
      '1',
      '--seconds',
      '1',
      '--rounds',
      '1',
    ]);
    const result = JSON.parse(stdout) as Record<string, number>;
    expect(result).toMatchObject({ config: 'configs/few-digits.yaml', batch: 32, rounds: 1 });
    for (const name of ['step_ms', 'step_with_data_ms', 'ratio', 'peak_rss_mb']) expect(result[name], name).toBeGreaterThan(0);
    expect(result.wait_ms).toBeGreaterThan(0);
    expect(result.wait_ms).toBeLessThan(result.step_with_data_ms!);
    expect(result.ratio).toBeCloseTo(result.step_with_data_ms! / result.step_ms!, 2);
  });

  it('goes with no other program', async () => {
    const outcome = await nnHere(['bench', '--config', 'configs/few-digits.yaml', '--vs', 'true']);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('--config compares with nothing but its own steps');
  });
});
