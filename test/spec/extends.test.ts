import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { load, messageOf, messageOfFile, minimal, mnistCnn, pathOf, summaryOf, write } from './config-files.js';

describe('extends', () => {
  it('merges maps and replaces lists and scalars', () => {
    write({ 'base.yaml': mnistCnn });
    const { experiment, origins } = load(
      'extends: base.yaml\nname: child\ndata: {batch_size: 8}\nmodel: [{type: flatten}, {type: dense, units: 10}]\n',
    );
    expect(experiment).toMatchObject({ name: 'child', seed: 42, data: { batch_size: 8, validation: 5000 } });
    expect(experiment.model.map(({ type }) => type)).toEqual(['flatten', 'dense']);
    expect(origins.get('data.batch_size')).toEqual({ file: pathOf('x.yaml'), line: 3 });
    expect(origins.get('data.validation')).toEqual({ file: pathOf('base.yaml'), line: 7 });
  });

  it('replaces the options of another type, and adds options to a bare name', () => {
    write({ 'base.yaml': `${minimal}optimizer: {type: adam, beta_1: 0.5}\nschedule: cosine\n` });
    const { experiment } = load('extends: base.yaml\noptimizer: {type: sgd, momentum: 0.9}\nschedule: {final_factor: 0.1}\n');
    expect(experiment.optimizer).toMatchObject({ type: 'sgd', learning_rate: 0.001, momentum: 0.9, nesterov: false });
    expect(experiment.optimizer).not.toHaveProperty('beta_1');
    expect(experiment.schedule).toEqual({ type: 'cosine', final_factor: 0.1 });
    expect(load('extends: base.yaml\noptimizer: {beta_2: 0.9}').experiment.optimizer).toMatchObject({ beta_1: 0.5, beta_2: 0.9 });
  });

  it('takes a list, the last one counting, and bases that are not complete', () => {
    write({ 'data.yaml': 'seed: 1\ndata: {dataset: mnist}\n', 'rest.yaml': `seed: 2\n${minimal.replace(/data.*\n/, '')}` });
    expect(load('extends: [data.yaml, rest.yaml]\n').experiment).toMatchObject({ seed: 2, data: { dataset: { type: 'mnist' } } });
  });

  it('takes paths from the folder of the file that names them', () => {
    mkdirSync(pathOf('shared'), { recursive: true });
    write({ 'shared/base.yaml': 'extends: more.yaml\nseed: 9\n', 'shared/more.yaml': minimal });
    expect(load('extends: shared/base.yaml').experiment.seed).toBe(9);
  });

  it('points at errors in the file that has them, its own first', () => {
    write({ 'base.yaml': mnistCnn.replace('units: 128', 'unit: 128') });
    expect(messageOf('extends: base.yaml\nsed: 3\n')).toBe(
      [
        'x.yaml:2:1: unknown key "sed"; did you mean "seed"?',
        '  2 | sed: 3',
        '      ^^^',
        'base.yaml:15:19 model.5: unknown key "unit"; did you mean "units"?',
        '  15 |   - {type: dense, unit: 128, activation: relu}',
        '                         ^^^^',
        '2 errors in x.yaml',
      ].join('\n'),
    );
  });

  it.each([
    ['extends: nowhere.yaml', 'x.yaml:1:10 extends: nowhere.yaml: there is no such file'],
    ['extends: 3', 'x.yaml:1:10 extends: expected the path of a config file, found 3'],
    ['extends:', 'x.yaml:1:1 extends: expected the path of a config file, found nothing'],
    ['extends: [{a: 1}]', 'x.yaml:1:1 extends: expected the path of a config file, found a map'],
    ['extends: x.yaml', 'x.yaml:1:10 extends: files extend each other in a circle: x.yaml → x.yaml'],
  ])('%s', (text, message) => {
    expect(summaryOf(`${text}\n`)).toEqual([message]);
  });

  it('belongs at the top', () => {
    expect(summaryOf(`${minimal}train: {extends: base.yaml}\n`)).toEqual([
      'x.yaml:8:9 train: unknown key "extends"; it belongs at the top level',
    ]);
  });

  it('finds longer circles, and ends long chains', () => {
    write({ 'a.yaml': 'extends: b.yaml', 'b.yaml': 'extends: ./a.yaml' });
    expect(messageOfFile('a.yaml')).toMatch(
      /^b\.yaml:1:10 extends: files extend each other in a circle: a\.yaml → b\.yaml → a\.yaml\n/,
    );
    for (let i = 0; i < 10; i++) write({ [`chain${i}.yaml`]: `extends: chain${i + 1}.yaml` });
    expect(messageOfFile('chain0.yaml')).toMatch(/extends: a chain of more than 8 files that extend each other/);
    for (let i = 0; i < 7; i++)
      write({
        [`wide${i}.yaml`]: `extends: [${Array(9)
          .fill(`wide${i + 1}.yaml`)
          .join(', ')}]`,
      });
    write({ 'wide7.yaml': minimal });
    expect(messageOfFile('wide0.yaml').split('\n')[0]).toMatch(/extends: a config of more than 32 files$/);
  });

  it('tells of a base in another version or with broken YAML', () => {
    write({ 'base.yaml': 'version: 3\n' });
    expect(summaryOf(`extends: base.yaml\n${minimal}`)[0]).toMatch(/^base\.yaml:1:10 version: this program reads version 1 /);
    write({ 'base.yaml': 'a: [\n' });
    expect(summaryOf(`extends: base.yaml\n${minimal}`)[0]).toMatch(/^base\.yaml:1:5: not valid YAML: /);
  });
});
