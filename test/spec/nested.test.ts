import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { load, messageOf, minimal, summaryOf } from './config-files.js';

/** The config with a layer three lists deep, in line 12. */
const deep = (layer: string) =>
  minimal.replace(
    '  - {type: flatten}\n',
    `  - {type: flatten}
  - type: sequential
    layers:
      - type: repeat
        times: 2
        layers:
          - type: residual
            layers:
              - ${layer}
`,
  );
const path = 'model.1.layers.0.layers.0.layers.0';

describe('a layer three lists deep', () => {
  it('is read with its defaults', () => {
    const { experiment } = load(deep('{type: dense, units: 4}'));
    expect(experiment.model[1]).toMatchObject({
      layers: [{ type: 'repeat', share_weights: false, layers: [{ type: 'residual', layers: [{ units: 4, use_bias: true }] }] }],
    });
  });

  it('prints with the place of each of its values, as a config that loads to the same', () => {
    const loaded = load(deep('{type: dense, units: 4, name: a}'));
    const yaml = loaded.toYaml();
    expect(yaml).toMatch(/^ {14}- type: dense +# .*x\.yaml:13\n {16}name: a +# .*x\.yaml:13\n {16}units: 4 +# .*x\.yaml:13$/m);
    expect(yaml).toMatch(/^ {16}use_bias: true +# default$/m);
    expect(load(loaded.toPlainYaml()).experiment).toEqual(loaded.experiment);
  });

  it('is changed by --set', () => {
    const { experiment } = load(deep('{type: dense, units: 4}'), [`${path}.units=7`]);
    expect(JSON.stringify(experiment.model[1])).toContain('"units":7');
  });

  it('has its mistakes told as one at the top has', () => {
    expect(messageOf(deep('{type: dense, unit: 4}'))).toBe(
      [
        `x.yaml:13:31 ${path}: unknown key "unit"; did you mean "units"?`,
        '  13 |               - {type: dense, unit: 4}',
        '                                     ^^^^',
      ].join('\n'),
    );
  });

  it.each([
    ['{type: dens, units: 4}', `${path}.type: unknown type "dens"; did you mean "dense"?`],
    ['{type: residul}', `${path}.type: unknown type "residul"; did you mean "residual"?`],
    ['{units: 4}', `${path}: missing key "type"; one of dense, `],
    ['{type: dense}', `${path}: missing key "units": the number of outputs`],
    ['{type: dense, units: "4"}', `${path}.units: expected a whole number, found the string "4"; remove the quotes`],
    ['{type: dense, units: 0}', `${path}.units: must be above 0, found 0`],
    ['{type: dense, units: 4, activation: rleu}', `${path}.activation: unknown name "rleu"; did you mean "relu"?`],
    ['{type: dense, units: 4, filters: 4}', `${path}: unknown key "filters"; valid keys: type, name, inputs, `],
    ['{type: dense, units: 4, epochs: 4}', `${path}: unknown key "epochs"; it belongs under "train"`],
    ['{type: dense, units: 4, name: a/b}', `${path}.name: must be letters, digits`],
    ['{type: sequential}', `${path}: missing key "layers": the layers; \`input\` is what the sequential reads`],
    ['{type: sequential, layers: []}', `${path}.layers: expected at least 1 item, found an empty list`],
    ['{type: sequential, layers: {type: flatten}}', `${path}.layers: expected a list, found a map; put "- " before each item`],
    [
      '{type: sequential, layers: [flatten]}',
      `${path}.layers.0: expected a map, found the string "flatten"; write {type: flatten}`,
    ],
    ['{type: sequential, layers: [[]]}', `${path}.layers.0: expected a map, found an empty list`],
    ['{type: repeat, times: 1.5, layers: [{type: flatten}]}', `${path}.times: expected a whole number, found 1.5`],
    ['flatten', `${path}: expected a map, found the string "flatten"; write {type: flatten}`],
  ])('%s', (layer, message) => {
    const [first, ...others] = summaryOf(deep(layer));
    expect(first).toMatch(/^x\.yaml:13:\d+ /);
    expect(first!.replace(/^\S+ /, '').startsWith(message), first).toBe(true);
    expect(others).toEqual([]);
  });
});

describe('a list of layers', () => {
  it('does not hide what is wrong in its neighbours', () => {
    const text = deep('{type: dense, unit: 4}').replace('units: 10', 'units: ten').replace('times: 2', 'time: 2');
    expect(summaryOf(text).map((line) => line.replace(/;.*/, ''))).toEqual([
      'x.yaml:9:9 model.1.layers.0: unknown key "time"',
      `x.yaml:13:31 ${path}: unknown key "unit"`,
      'x.yaml:14:26 model.2.units: expected a whole number, found the string "ten"',
      '3 errors in x.yaml',
    ]);
  });

  it('deeper than a config may be is refused', () => {
    let layers: object[] = [{ type: 'flatten' }];
    for (let depth = 0; depth < 40; depth++) layers = [{ type: 'sequential', layers }];
    expect(summaryOf(minimal.replace(/model:\n(.*\n){2}/, stringify({ model: layers }, { indent: 1 })))[0]).toMatch(
      'is nested more than 64 deep',
    );
  });
});
