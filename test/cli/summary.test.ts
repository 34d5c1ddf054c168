import { describe, expect, it } from 'vitest';
import { nnHere } from './in-process.js';
import { set, smokeConfig } from './nn.js';

const summary = async (values: Record<string, unknown> = {}): Promise<string[]> => {
  const { code, stdout, stderr } = await nnHere(['summary', smokeConfig, '--threads', '2', ...set(values)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n');
};

describe('the summary', () => {
  it('counts parameters, and says nothing of frozen ones where there are none', async () => {
    const lines = await summary();
    expect(lines[0]).toMatch(/^layer +type +output shape +parameters +operations$/);
    expect(lines).toContainEqual(expect.stringMatching(/^parameters +43,706 \(170\.7 KiB\)$/));
  });

  it('tells trainable from frozen parameters, of each layer and in all', async () => {
    const lines = await summary({
      'model.0.trainable': false,
      'optimizer.groups': [{ match: 'dense_1/bias', trainable: false }],
    });
    expect(lines[0]).toMatch(/^layer +type +output shape +parameters +trainable +operations$/);
    expect(lines[1]).toMatch(/^conv2d_1 +conv2d +13 x 13 x 8 +80 +0 /);
    expect(lines[3]).toMatch(/^dense_1 +dense +32 +43,296 +43,264 /);
    expect(lines).toContainEqual(expect.stringMatching(/^parameters +43,706 \(170\.7 KiB\), 43,594 trainable and 112 frozen$/));
  });
});
