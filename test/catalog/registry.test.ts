import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { activations } from '../../src/catalog/activations/index.js';
import { initializers } from '../../src/catalog/initializers/index.js';
import { layers } from '../../src/catalog/layers/index.js';
import { losses } from '../../src/catalog/losses/index.js';
import { metrics } from '../../src/catalog/metrics/index.js';
import { optimizers } from '../../src/catalog/optimizers/index.js';
import { Registry } from '../../src/catalog/registry.js';
import { schedules } from '../../src/catalog/schedules/index.js';

const word = (type: string, shape: z.ZodRawShape = {}) => ({ type, summary: `What ${type} does.`, options: z.object(shape) });
const fruit = new Registry('fruit', [word('apple', { size: z.number().default(3) }), word('pear', { weight: z.number() })]);

describe('Registry', () => {
  it('refuses two definitions of one name', () => {
    expect(() => new Registry('fruit', [word('apple'), word('apple')])).toThrow('two fruit definitions are named apple');
  });

  it('finds definitions by name, in the order given', () => {
    expect(fruit.types).toEqual(['apple', 'pear']);
    expect(fruit.get('pear').type).toBe('pear');
    expect(() => fruit.get('plum')).toThrow('no fruit is named plum');
  });

  it('makes a strict schema with defaults and common keys', () => {
    const schema = fruit.schema({ name: z.string().optional() });
    expect(schema.parse({ type: 'apple' })).toEqual({ type: 'apple', size: 3 });
    expect(schema.parse({ type: 'pear', weight: 1, name: 'a' })).toEqual({ type: 'pear', weight: 1, name: 'a' });
    expect(schema.safeParse({ type: 'apple', weight: 1 }).success).toBe(false);
    expect(schema.safeParse({ type: 'plum' }).success).toBe(false);
    expect(schema.safeParse('apple').success).toBe(false);
  });

  it('takes the bare name for a definition whose options all have defaults', () => {
    const schema = fruit.schemaOrName();
    expect(schema.parse('apple')).toEqual({ type: 'apple', size: 3 });
    expect(schema.parse({ type: 'apple', size: 1 })).toEqual({ type: 'apple', size: 1 });
    expect(schema.safeParse('pear').success).toBe(false);
    expect(schema.safeParse('plum').success).toBe(false);
  });
});

describe('rules between options', () => {
  const range = { type: 'range', summary: 'A range.', options: z.object({ min: z.number(), max: z.number().default(1) }) };
  const ruled = { ...range, options: range.options.refine(({ min, max }) => min <= max, 'min must not be above max') };
  const schema = new Registry('range', [ruled]).schema({ name: z.string().optional() });

  it('hold beside common keys and with defaults', () => {
    expect(schema.parse({ type: 'range', min: 1, name: 'a' })).toEqual({ type: 'range', min: 1, max: 1, name: 'a' });
    const { error } = schema.safeParse({ type: 'range', min: 2 });
    expect(error?.issues.map(({ message }) => message)).toEqual(['min must not be above max']);
  });
});

describe.each([layers, activations, initializers, losses, metrics, optimizers, schedules] as Registry<ReturnType<typeof word>>[])(
  'the words of kind $kind',
  ({ definitions }) => {
    it('have names as YAML writes them, a summary of one sentence, and a description of every option', () => {
      for (const { type, summary, options } of definitions) {
        expect(type).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
        expect(summary, type).toMatch(/\S.*\.$/);
        for (const [key, field] of Object.entries(options.shape as Record<string, z.ZodType>)) {
          expect(field.description, `${type}.${key}`).toMatch(/\.$/);
        }
      }
    });
  },
);
