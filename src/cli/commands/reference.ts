import type { Command } from 'commander';
import { z } from 'zod';
import { activations } from '../../catalog/activations/index.js';
import { datasets } from '../../catalog/datasets/index.js';
import { columnTypes } from '../../catalog/features/index.js';
import { initializers } from '../../catalog/initializers/index.js';
import { layers } from '../../catalog/layers/index.js';
import { losses } from '../../catalog/losses/index.js';
import { metrics } from '../../catalog/metrics/index.js';
import { optimizers } from '../../catalog/optimizers/index.js';
import type { Definition, Registry } from '../../catalog/registry.js';
import { schedules } from '../../catalog/schedules/index.js';
import { augmentations } from '../../catalog/augmentations/index.js';
import { transforms } from '../../catalog/transforms/index.js';
import { blockType } from '../../spec/block-schema.js';
import { experimentSchema } from '../../spec/experiment.js';
import { type Fragment, dereference, fileSchema } from '../../spec/json-schema.js';
import { printResult } from '../output.js';

export function addReferenceCommand(program: Command): void {
  program
    .command('reference')
    .description('print everything a config may say, in Markdown')
    .action(() => printResult(configReference()));
}

/** What the catalogue holds, by the heading under which it is listed. */
const kinds: readonly { readonly heading: string; readonly registry: Registry<Definition> }[] = [
  { heading: 'Data sets', registry: datasets },
  { heading: 'Features of tables', registry: columnTypes },
  { heading: 'Augmentations', registry: augmentations },
  { heading: 'Transforms', registry: transforms },
  { heading: 'Layers', registry: layers },
  { heading: 'Activations', registry: activations },
  { heading: 'Initializers', registry: initializers },
  { heading: 'Losses', registry: losses },
  { heading: 'Optimizers', registry: optimizers },
  { heading: 'Schedules', registry: schedules },
  { heading: 'Metrics', registry: metrics },
];

/** Maps of fixed keys with a table of their own, by their path in the file. */
const sections = ['data', 'regularizer', 'train', 'train.ema', 'train.swa', 'train.early_stopping', 'expect'];

/** The schema and the catalogue as Markdown: what stands in the README between its markers. */
export function configReference(): string {
  const file = fileSchema();
  return [
    '### The file',
    keyTable(file, defaultsOf([]), file),
    ...sections.flatMap((path) => section(file, path)),
    ...kinds.flatMap(({ heading, registry }) => [
      ...catalogue(heading, registry, file),
      ...(registry === layers ? ['### Nested layers', ...nestedLayers, '### Blocks', ...blocks(file)] : []),
    ]),
    '### `extends` and `--set`',
    'A file is laid over those it `extends`: a later one of the list over an earlier one, and the file itself over all. Maps are ' +
      'merged key by key; lists and single values are replaced. A map that names another `type` replaces the one below it.',
    '`--set path=value` changes one value on top of the files. The path is dotted, with numbers (from 0) for places in a list: ' +
      '`--set model.2.units=64`. The value is YAML. `null` takes the key away, so that its default counts. Where the file has a ' +
      'bare name, options are added to it: `--set optimizer.beta_1=0.8` under `optimizer: adam`.',
  ].join('\n\n');
}

const nestedLayers = [
  '`sequential`, `residual`, `repeat` and `branches` hold lists of layers. Within a list the first layer reads `input`, which is what ' +
    'the container reads (in `repeat`, what that time reads), and each other one the layer above it; the last one gives the output. ' +
    '`inputs` names layers of the same list, or `input`. A list does not see the layers around it, and from outside a container is ' +
    'read by its own name.',
  'A layer within a container is called by the names of both: `residual_1.conv2d_1`, in its shortcut `residual_1.shortcut.conv2d_1`; in ' +
    '`repeat` and `branches` the number of the time or the branch, from 0, stands between: `repeat_1.0.dense_1`. So are its parameters, ' +
    '`residual_1.conv2d_1/kernel`. `output` of a loss, `share_weights_with` and the patterns of `groups` take these names.',
  '`share_weights_with` looks for a name in the same list first, then in the lists around it, then in the whole model. On a container it ' +
    "shares the layers within, one by one. What is shared is what is learnt: running means and variances stay each layer's own. " +
    '`trainable: false` on a container is for all within it.',
];

/** The keys of `blocks` and of their uses. */
function blocks(file: Fragment): string[] {
  const block = file.properties!['blocks']!.additionalProperties as Fragment;
  const use = alternatives((file.properties!['model']!.items as Fragment)!, file).find(({ title }) => title === blockType)!;
  const { block: name, with: values } = use.properties!;
  return [
    'A list of layers that a model has several times is written once, under a name in `blocks`:',
    keyTable(block, undefined, file),
    'A layer `{type: block}` stands for them, as a `sequential` that is called after the block: `bottleneck_1`. Beside the keys of ' +
      'all layers it takes:',
    keyTable({ properties: { block: name!, with: values! }, required: ['block'] }, undefined, file),
    'In the layers of a block `$filters`, alone and as a whole value, is replaced by the value of the parameter `filters`, whatever it ' +
      'is: a number, a map, a list of layers. Blocks may use blocks, and what they give on may be a parameter of theirs. `nn config` ' +
      'shows what a config stands for. Blocks of a file that is extended need not be used.',
  ];
}

function section(file: Fragment, path: string): string[] {
  const keys = path.split('.');
  const fragment = keys.reduce((at, key) => at.properties![key]!, file);
  if (fragment.properties !== undefined)
    return [`### Section \`${path}\``, fragment.description!, keyTable(fragment, defaultsOf(keys), file)];
  const value = typeOf(fragment.additionalProperties as Fragment, '', file);
  return [`### Section \`${path}\``, fragment.description!, `Each key is the name of a metric, each value a ${value}.`];
}

/** The values an experiment has where its file says only what it must. */
function defaultsOf(path: readonly string[]): Record<string, unknown> {
  const least: z.input<typeof experimentSchema> = {
    version: 1,
    name: 'least',
    data: { dataset: 'mnist' },
    model: [{ type: 'flatten' }],
    loss: 'cross_entropy',
    train: { ema: {}, swa: { start_epoch: 1 }, early_stopping: {} },
  };
  let value: unknown = experimentSchema.parse(least);
  for (const key of path) value = (value as Record<string, unknown>)[key];
  return value as Record<string, unknown>;
}

/** A table of the keys of a map. `defaults`: what each has where it is left out. */
function keyTable(map: Fragment, defaults: Record<string, unknown> | undefined, root: Fragment): string {
  const { properties = {}, required = [] } = map;
  const rows = Object.entries(properties).map(([key, referring]) => {
    const fragment = dereference(root, referring);
    const byDefault = required.includes(key) ? 'required' : formatDefault(fragment.default ?? defaults?.[key]);
    return [code(key), typeOf(fragment, key, root), byDefault, fragment.description ?? ''];
  });
  return table(['key', 'type', 'default', 'meaning'], rows);
}

function catalogue(heading: string, registry: Registry<Definition>, file: Fragment): string[] {
  const common = commonKeys(registry, file);
  const plain = registry.definitions.filter(({ options }) => Object.keys(options.shape).length === 0);
  const others = registry.definitions.filter((definition) => !plain.includes(definition));
  return [
    `### ${heading}`,
    ...(common.properties === undefined ? [] : ['All of them take:', keyTable(common, undefined, file)]),
    ...(plain.length === 0
      ? []
      : [table(['type', common.properties === undefined ? 'meaning' : 'meaning (no other keys)'], plain.map(inOneRow))]),
    ...others.flatMap((definition) => [`\`${definition.type}\` — ${cell(definition.summary)}`, optionTable(definition)]),
  ];
}

const inOneRow = ({ type, summary }: Definition): string[] => [code(type), summary];

function optionTable({ options }: Definition): string {
  const defaults = Object.fromEntries(
    Object.entries(options.shape).map(([key, schema]) => [key, z.safeParse(schema, undefined).data]),
  );
  const schema = z.toJSONSchema(options, { io: 'input' }) as Fragment;
  return keyTable(schema, defaults, schema);
}

/** Keys that the file takes beside `type` and the options of each definition: `learning_rate` of every optimizer. */
function commonKeys(registry: Registry<Definition>, file: Fragment): Fragment {
  const [first] = registry.definitions;
  const fragments = Object.values(file.properties!).flatMap((fragment) =>
    typeof fragment.items === 'object' ? [fragment.items] : [fragment],
  );
  const members = fragments
    .flatMap((fragment) => alternatives(fragment, file))
    .filter(({ properties }) => properties?.type?.const === first!.type);
  const own = members.find(({ description }) => description === first!.summary)?.properties ?? {};
  const isOption = (key: string): boolean => key in first!.options.shape;
  const entries = Object.entries(own).filter(([key]) => key !== 'type' && !isOption(key));
  const common = entries.map(([key, fragment]) => [key, withoutKeys(fragment, isOption)]);
  return entries.length === 0 ? {} : { properties: Object.fromEntries(common) };
}

/** A list of maps without the keys that are left out. */
function withoutKeys(fragment: Fragment, leftOut: (key: string) => boolean): Fragment {
  if (typeof fragment.items !== 'object' || fragment.items.properties === undefined) return fragment;
  const kept = Object.entries(fragment.items.properties).filter(([key]) => !leftOut(key));
  return { ...fragment, items: { ...fragment.items, properties: Object.fromEntries(kept) } };
}

function alternatives(fragment: Fragment, root: Fragment): Fragment[] {
  const { anyOf, oneOf, ...alone } = dereference(root, fragment);
  return (anyOf ?? oneOf)?.flatMap((one) => alternatives(one, root)) ?? [alone];
}

/** A fragment in words, such as `whole number ≥ 1` or `[layer](#layers)`. */
function typeOf(referring: Fragment, key: string, root: Fragment): string {
  const fragment = dereference(root, referring);
  const chosen = kinds.find(({ registry }) => isChoiceOf(registry, fragment, root));
  if (chosen !== undefined) return `[${chosen.registry.kind}](#${chosen.heading.toLowerCase().replaceAll(' ', '-')})`;
  const linked = sections.find((path) => path.split('.').at(-1) === key);
  if (linked !== undefined) return `[map](#section-${linked.replace('.', '')})`;
  if (fragment.anyOf !== undefined) return [...new Set(fragment.anyOf.map((one) => typeOf(one, '', root)))].join(' or ');
  if (fragment.const !== undefined) return code(JSON.stringify(fragment.const));
  if (fragment.enum !== undefined) return fragment.enum.map((value) => code(String(value))).join(', ');
  const { prefixItems } = fragment;
  // Beside the number that it may stand in place of, a list needs no more words.
  if (prefixItems !== undefined)
    return `list of ${prefixItems.length}${key === '' ? ' such' : `, each ${typeOf(prefixItems[0]!, '', root)}`}`;
  if (fragment.type === 'array') return `list of ${typeOf(fragment.items as Fragment, '', root).replace(/^list /, 'lists ')}`;
  if (fragment.type === 'integer' || fragment.type === 'number') return formatNumber(fragment);
  if (fragment.properties !== undefined) return `map of ${Object.keys(fragment.properties).map(code).join(', ')}`;
  if (fragment.type === 'object') return key === 'blocks' ? '[map](#blocks)' : 'map';
  return fragment.type === 'string' ? 'text' : (fragment.type ?? 'anything');
}

/** Whether every alternative is a definition of the registry or a list of their names. */
function isChoiceOf({ types }: Registry<Definition>, fragment: Fragment, root: Fragment): boolean {
  const named = alternatives(fragment, root).flatMap((one) => one.properties?.type?.const ?? []);
  // A block takes a layer's place, and is in no catalogue.
  return named.filter((type) => type !== blockType).length === types.length && types.every((type) => named.includes(type));
}

function formatNumber({ type, ...limits }: Fragment): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = limits as Record<string, number | undefined>;
  const whole = type === 'integer';
  const smallest = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const least = smallest ?? (whole && exclusiveMinimum !== undefined ? exclusiveMinimum + 1 : undefined);
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const bounds = [
    ...(least === undefined ? (exclusiveMinimum === undefined ? [] : [`> ${exclusiveMinimum}`]) : [`≥ ${least}`]),
    ...(most === undefined ? (exclusiveMaximum === undefined ? [] : [`< ${exclusiveMaximum}`]) : [`≤ ${most}`]),
  ];
  return [whole ? 'whole number' : 'number', bounds.join(' and ')].join(' ').trim();
}

function formatDefault(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'object' && value !== null && 'type' in value && Object.keys(value).length === 1)
    return code(String(value.type));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return '';
  return code(Array.isArray(value) ? `[${value.join(', ')}]` : String(value));
}

const code = (text: string): string => `\`${text}\``;

/** Text that cannot end its cell, nor be taken for markup. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(' * ', ' \\* ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}
