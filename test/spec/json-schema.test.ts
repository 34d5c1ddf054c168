import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { layers } from '../../src/catalog/layers/index.js';
import { experimentSchema } from '../../src/spec/experiment.js';
import { type Fragment, dereference, jsonSchema } from '../../src/spec/json-schema.js';
import { minimal, mnistCnn } from './config-files.js';

/** As much of JSON Schema as the schema uses; an unknown keyword is an error, so that none is passed over. */
function accepts(schema: Fragment, value: unknown, root = schema): boolean {
  const list = Array.isArray(value) ? value : undefined;
  const map = typeof value === 'object' && value !== null && list === undefined ? (value as Record<string, unknown>) : undefined;
  const number = typeof value === 'number' ? value : undefined;
  const rules: Record<string, (rule: never) => boolean> = {
    $schema: () => true,
    $defs: () => true,
    $ref: () => accepts(dereference(root, schema), value, root),
    title: () => true,
    description: () => true,
    default: () => true,
    propertyNames: (rule: Fragment) => Object.keys(map ?? {}).every((key) => accepts(rule, key, root)),
    const: (rule: unknown) => rule === value,
    enum: (rule: unknown[]) => rule.includes(value),
    anyOf: (rule: Fragment[]) => rule.some((one) => accepts(one, value, root)),
    oneOf: (rule: Fragment[]) => rule.filter((one) => accepts(one, value, root)).length === 1,
    required: (rule: string[]) => map === undefined || rule.every((key) => key in map),
    properties: (rule: Record<string, Fragment>) =>
      Object.entries(rule).every(([key, one]) => !(key in (map ?? {})) || accepts(one, map![key], root)),
    additionalProperties: (rule: Fragment | false) =>
      Object.entries(map ?? {}).every(
        ([key, one]) => key in (schema.properties ?? {}) || (rule !== false && accepts(rule, one, root)),
      ),
    prefixItems: (rule: Fragment[]) => (list ?? []).every((item, i) => i >= rule.length || accepts(rule[i]!, item, root)),
    items: (rule: Fragment | false) =>
      (list ?? []).slice(schema.prefixItems?.length ?? 0).every((item) => rule !== false && accepts(rule, item, root)),
    minItems: (rule: number) => (list?.length ?? rule) >= rule,
    maxItems: (rule: number) => (list?.length ?? rule) <= rule,
    minimum: (rule: number) => (number ?? rule) >= rule,
    maximum: (rule: number) => (number ?? rule) <= rule,
    exclusiveMinimum: (rule: number) => (number ?? Infinity) > rule,
    exclusiveMaximum: (rule: number) => (number ?? -Infinity) < rule,
    minLength: (rule: number) => typeof value !== 'string' || value.length >= rule,
    pattern: (rule: string) => typeof value !== 'string' || new RegExp(rule).test(value),
    type: (rule: string) =>
      ({ object: map !== undefined, array: list !== undefined, integer: Number.isInteger(value), null: value === null })[rule] ??
      typeof value === rule,
  };
  return Object.entries(schema).every(([keyword, rule]) => {
    const check = rules[keyword];
    if (check === undefined) throw new Error(`the test does not know the keyword ${keyword}`);
    return check(rule as never);
  });
}

describe('the JSON Schema of configs', () => {
  const schema = jsonSchema();
  const takes = (text: string) => accepts(schema, parse(text));

  it('accepts configs, whole and extending others', () => {
    expect(takes(mnistCnn)).toBe(true);
    expect(takes(minimal)).toBe(true);
    expect(takes('extends: base.yaml\ndata: {batch_size: 3}')).toBe(true);
    expect(takes('extends: [a.yaml, b.yaml]')).toBe(true);
  });

  const withBlocks = `${mnistCnn.replace('  - {type: flatten}\n', '  - {type: block, block: cell, name: a, with: {rate: 0.5}}\n  - {type: flatten}\n')}blocks:
  cell:
    parameters: {rate: null, head: [{type: flatten}], size: 3}
    layers:
      - {type: dropout, rate: $rate, name: $rate}
      - {type: conv2d, filters: 3, kernel_size: [$size, 3], activation: {type: leaky_relu, negative_slope: $rate}, inputs: [$rate, b]}
      - $head
      - {type: residual, layers: [{type: block, block: cell, with: {rate: $rate}}, {type: conv2d, filters: $size, kernel_size: $size}], shortcut: $head}
`;

  it('accepts layers within layers, and blocks, all of whose values may be parameters', () => {
    const nested =
      '{type: sequential, layers: [{type: branches, branches: [[], [{type: repeat, times: 2, layers: [{type: flatten}]}]]}]}';
    expect(takes(mnistCnn.replace('{type: flatten}', nested))).toBe(true);
    expect(takes(withBlocks)).toBe(true);
  });

  it.each([
    [
      'a misspelt key in a nested layer',
      mnistCnn.replace('{type: flatten}', '{type: sequential, layers: [{type: flatten, nam: x}]}'),
    ],
    ['a parameter outside of blocks', mnistCnn.replace('units: 128', 'units: $units')],
    ['a misspelt key of a block', withBlocks.replace('parameters:', 'parameter:')],
    ['a misspelt key of a layer in a block', withBlocks.replace('kernel_size: $size', 'kernel_siz: $size')],
    ['a value that is neither right nor a parameter', withBlocks.replace('filters: 3', 'filters: size')],
    ['a misspelt key where a block is used', withBlocks.replace('with: {rate: 0.5}', 'wit: {rate: 0.5}')],
    ['a misspelt key', mnistCnn.replace('units: 128', 'unit: 128')],
    ['a misspelt key at the top', `${minimal}sed: 1`],
    ['a misspelt type', mnistCnn.replace('type: flatten', 'type: flaten')],
    ['a misspelt name', mnistCnn.replace('cross_entropy', 'cross_entrophy')],
    ['a number out of range', mnistCnn.replace('rate: 0.25', 'rate: 1.25')],
    ['a string for a number', mnistCnn.replace('seed: 42', 'seed: "42"')],
    ['a missing key', minimal.replace('loss: cross_entropy\n', '')],
    ['a missing key further down', minimal.replace('dataset: mnist', 'batch_size: 3')],
    ['a misspelt key beside extends', 'extends: base.yaml\nsed: 3'],
  ])('rejects %s', (_, text) => {
    expect(takes(text)).toBe(false);
  });

  it('describes every key and names no address', () => {
    const visit = (fragment: unknown, path: string): string[] => {
      if (typeof fragment !== 'object' || fragment === null) return [];
      const { properties = {} } = fragment as Fragment;
      const bare = Object.entries(properties).filter(
        ([key, one]) => one.description === undefined && !/^(type|(train|test)_(images|labels))$/.test(key),
      );
      return [
        ...bare.map(([key]) => `${path}.${key}`),
        ...Object.entries(fragment).flatMap(([key, one]) => visit(one, `${path}.${key}`)),
      ];
    };
    const described = { ...schema, anyOf: [] }; // which repeats keys to ask for them
    expect(visit(described, '')).toEqual([]);
    expect(JSON.stringify(schema)).not.toMatch(/"\$id"/);
  });

  it('shows every default', () => {
    const hidden = (path: string, { properties = {} }: Fragment, given: object, checked: object): string[] =>
      Object.entries(checked)
        .filter(([key, value]) => value !== undefined && !(key in given) && properties[key]!.default === undefined)
        .map(([key]) => `${path}${key}`);
    const given = { ...(parse(minimal) as { data: object }), train: { early_stopping: {} } };
    const { data, train, ...top } = experimentSchema.parse(given);
    const below = (key: string): Fragment => schema.properties![key]!;
    expect([
      ...hidden('', schema, given, top),
      ...hidden('data.', below('data'), given.data, data),
      ...hidden('train.', below('train'), given.train, train),
      ...hidden('early_stopping.', below('train').properties!['early_stopping']!, {}, train.early_stopping!),
      ...layers.definitions.flatMap(({ type, options }) => {
        const defaults = Object.entries(options.shape).map(([key, option]) => [key, z.safeParse(option, undefined).data]);
        return hidden(`${type}.`, z.toJSONSchema(options, { io: 'input' }) as Fragment, {}, Object.fromEntries(defaults));
      }),
    ]).toEqual([]);
  });

  it('is the one in configs/schema.json', () => {
    const committed: unknown = JSON.parse(readFileSync(new URL('../../configs/schema.json', import.meta.url), 'utf8'));
    expect(committed, 'write it anew: nn schema > configs/schema.json').toEqual(JSON.parse(JSON.stringify(schema)));
  });
});
