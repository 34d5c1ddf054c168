import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { load, messageOf, messageOfFile, minimal, pathOf, summaryOf, write } from './config-files.js';

describe('files', () => {
  it('names a missing file, and one with nearly its name', () => {
    write({ 'mnist.yaml': minimal });
    expect(messageOfFile('mnits.yaml')).toBe(`mnits.yaml: there is no such file; did you mean mnist.yaml?`);
    expect(messageOfFile('nowhere/at-all.yaml')).toBe('nowhere/at-all.yaml: there is no such file');
  });

  it('refuses a folder', () => {
    mkdirSync(pathOf('configs'));
    expect(messageOfFile('configs')).toBe('configs: is a folder; name the YAML file in it');
  });

  it.each([
    ['', 'x.yaml: is empty; a config starts with `version: 1`'],
    ['# only a comment\n', 'x.yaml:1:1: is empty; a config starts with `version: 1`'],
    [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]), 'x.yaml: is not a text file; a config is a YAML file'],
    [Buffer.from([0x61, 0x3a, 0x20, 0xe9]), 'x.yaml: is not UTF-8 text; save it as UTF-8'],
    [Buffer.from('\ufeffversion: 1', 'utf16le'), 'x.yaml: is UTF-16; save it as UTF-8'],
    ['# '.padEnd(1_000_001, 'x'), 'x.yaml: is larger than 1 MB; a config is a short YAML file; is this a data file?'],
  ])('refuses %j', (content, message) => {
    expect(messageOf(content)).toBe(message);
  });

  it('reads a file with a byte order mark and Windows line ends', () => {
    expect(load(`\ufeff${minimal.replaceAll('\n', '\r\n')}`).experiment.name).toBe('small');
    expect(messageOf(`\ufeff${minimal}sed: 1\r\n`)).toBe(
      'x.yaml:8:1: unknown key "sed"; did you mean "seed"?\n  8 | sed: 1\n      ^^^',
    );
  });

  it('wants a map at the top', () => {
    expect(messageOf('- version: 1')).toBe(
      'x.yaml:1:1: a config is a map of keys and values, found a list of 1; remove the dash before `version: 1`\n  1 | - version: 1\n      ^',
    );
    expect(summaryOf('version:1')).toEqual([
      'x.yaml:1:1: a config is a map of keys and values, found the string "version:1"; put a space after every colon',
    ]);
  });
});

describe('YAML 1.2', () => {
  it('reads 1e-3 and 2e-5 as numbers', () => {
    const { experiment } = load(`${minimal}optimizer: {type: adam, learning_rate: 2e-5, epsilon: 1e-3}\n`);
    expect(experiment.optimizer).toMatchObject({ learning_rate: 0.00002, epsilon: 0.001 });
  });

  it('reads yes and no as strings', () => {
    expect(summaryOf(minimal.replace('mnist}', 'mnist, shuffle: no}'))).toEqual([
      'x.yaml:3:33 data.shuffle: expected true or false, found the string "no"; write false',
    ]);
  });

  it('follows anchors and aliases', () => {
    const text = minimal.replace(
      '  - {type: dense, units: 10}',
      '  - &wide {type: dense, units: &n 10}\n  - *wide\n  - {type: dense, units: *n}',
    );
    expect(
      load(text)
        .experiment.model.slice(1)
        .map(({ units }) => units),
    ).toEqual([10, 10, 10]);
  });

  it.each([
    ['a tab as indentation', 'data:\n\tdataset: mnist', 'x.yaml:2:1: a tab cannot indent YAML; use spaces'],
    [
      'a second document',
      `${minimal}---\n${minimal}`,
      'x.yaml:8:1: a second YAML document starts here; a config is one document',
    ],
    ['an unknown tag', minimal.replace('small', '!thing small'), 'x.yaml:2:7: unknown YAML tag "!thing"; remove it'],
    [
      'an unclosed bracket',
      'a: [1, 2\n',
      'x.yaml:1:9: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['two colons', 'a: b: c', 'x.yaml:1:4: a second ": " in one value; put the value in quotes, or check the indentation'],
    ['no colon', 'version: 1\nname small\nseed: 3', 'x.yaml:2:1: expected "key: value" here; a colon and a space follow a key'],
    ['a list as a key', '? [a]\n: 1', 'x.yaml:1:3: a key must be a name, not a list, a map or an alias'],
    ['an unknown anchor', `${minimal}seed: *n`, 'x.yaml:8:7: there is no anchor "&n" above this alias'],
    ['a merge key', `${minimal}<<: {seed: 1}`, 'x.yaml:8:1: YAML 1.2 has no merge keys (<<); use `extends: base.yaml`'],
    ['an older YAML', `%YAML 1.1\n---\n${minimal}`, 'x.yaml:1:1: is YAML 1.1; remove the %YAML line: a config is YAML 1.2'],
    ['an unknown directive', `%NO\n---\n${minimal}`, 'x.yaml:1:1: not valid YAML: unknown directive %NO'],
    ['a reserved character', 'name: @x', 'x.yaml:1:7: not valid YAML: plain value cannot start with reserved character @'],
  ])('tells of %s', (_, text, message) => {
    expect(summaryOf(text)[0]).toBe(message);
  });

  it('tells of a duplicate key, and of what else is wrong', () => {
    expect(messageOf(`${minimal}name: again\nsed: 1\n`)).toBe(
      [
        'x.yaml:8:1: duplicate key "name"; keep one of them',
        '  8 | name: again',
        '      ^^^^',
        'x.yaml:9:1: unknown key "sed"; did you mean "seed"?',
        '  9 | sed: 1',
        '      ^^^',
        '2 errors in x.yaml',
      ].join('\n'),
    );
  });

  it('does not go on after a syntax error', () => {
    expect(summaryOf('a: [1\nb: {2\n')).toHaveLength(1);
  });
});

describe('hostile files', () => {
  it('refuses aliases that stand for more and more', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) =>
        `l${i}: &l${i} [${Array(9)
          .fill(i === 0 ? 'x' : `*l${i - 1}`)
          .join(', ')}]`,
    );
    expect(summaryOf(levels.join('\n'))[0]).toMatch(/aliases stand for more than 10000 values; write the values out$/);
  });

  it('refuses an alias within its own anchor', () => {
    expect(summaryOf('a: &a [*a, *a]')[0]).toMatch(/is nested more than 64 deep$/);
  });

  it.each(['[', '{a: ', '- ', '? '])('refuses %j nested without end', (opening) => {
    expect(summaryOf(opening.repeat(50_000))[0]).toMatch(/is nested more than 64 deep$/);
  });

  it('refuses deep indentation', () => {
    const text = Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
    expect(summaryOf(text)[0]).toMatch(/is nested more than 64 deep$/);
  });

  it('treats keys of every object as keys like any other', () => {
    const text = `${minimal}__proto__: {seed: 1}\nconstructor: 3\nexpect: {__proto__: {min: 1}, toString: {min: 1}}\n`;
    expect(summaryOf(text)).toEqual([
      'x.yaml:8:1: unknown key "__proto__"; remove it',
      expect.stringMatching(/^x.yaml:9:1: unknown key "constructor"; valid keys: /),
      'x.yaml:10:10: unknown key "__proto__"; remove it',
      expect.stringMatching(/^x.yaml:10:41 expect.toString: the run has no metric "toString"; it has test_loss, train_loss$/),
      '4 errors in x.yaml',
    ]);
    expect(({} as { seed?: number }).seed).toBeUndefined();
  });

  it('shows control characters as something harmless', () => {
    const message = messageOf(`${minimal}"\\e[31mred": 1 # \u009b2J\n`);
    expect(message.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});
