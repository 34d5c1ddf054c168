import { z } from 'zod';
import { blockType, blockUseSchema, blocksSchema, parameterPattern } from './block-schema.js';
import { experimentSchema } from './experiment.js';

/** A JSON Schema or a part of one, as far as it is used here. */
export interface Fragment {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Fragment>;
  required?: string[];
  additionalProperties?: boolean | Fragment;
  items?: boolean | Fragment;
  prefixItems?: Fragment[];
  minItems?: number;
  maxItems?: number;
  anyOf?: Fragment[];
  oneOf?: Fragment[];
  const?: unknown;
  enum?: unknown[];
  [keyword: string]: unknown;
}

/** What a fragment says, with what it refers to in its place. */
export function dereference(root: Fragment, fragment: Fragment): Fragment {
  if (fragment.$ref === undefined) return fragment;
  const { $ref, ...own } = fragment;
  let target: unknown = root;
  for (const step of $ref.split('/').slice(1)) target = (target as Record<string, unknown>)[step];
  return { ...dereference(root, target as Fragment), ...own };
}

/**
 * The schema of what a file may hold, as zod tells it, with `extends` and `blocks`, which loading takes away before zod sees it, and
 * with layers of the type `block`.
 */
export function fileSchema(): Fragment {
  const schema = fragmentOf(experimentSchema);
  const { $defs: named, ...use } = fragmentOf(blockUseSchema);
  const { layer, ...others } = definitionsOf(schema);
  return {
    $schema: dialect,
    ...schema,
    properties: { extends: extendsSchema, ...schema.properties, blocks: blocksFragment({ $ref: '#/$defs/layer' }) },
    $defs: { ...(named as object), ...others, layer: { ...layer, oneOf: [...layer!.oneOf!, use] } },
  };
}

const dialect = 'https://json-schema.org/draft/2020-12/schema';

function fragmentOf(schema: z.ZodType): Fragment {
  const fragment = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as unknown as Fragment;
  delete fragment['$schema'];
  return fragment;
}

const definitionsOf = ({ $defs = {} }: Fragment): Record<string, Fragment> => $defs as Record<string, Fragment>;

/** `blocks`, whose layers zod does not look into. */
function blocksFragment(layer: Fragment): Fragment {
  const { additionalProperties, ...blocks } = fragmentOf(blocksSchema);
  const { properties = {}, ...block } = additionalProperties as Fragment;
  const layers = { ...properties['layers'], items: layer };
  return { ...blocks, additionalProperties: { ...block, properties: { ...properties, layers } } };
}

const path: Fragment = { type: 'string', minLength: 1 };

const extendsSchema: Fragment = {
  description: 'Config files that this one changes, by their path from its folder: maps are merged, lists and values replaced.',
  anyOf: [path, { type: 'array', items: path }],
};

/**
 * The JSON Schema (draft 2020-12) of config files, for editors. A file that extends another may leave out what must be somewhere:
 * what is required of the maps at the top is asked of complete files only.
 */
export function jsonSchema(): Fragment {
  const { $schema, ...schema } = withBlockLayers(fileSchema());
  const complete = requirements(schema);
  const partial = withoutRequirements(schema);
  return { $schema, title: 'nn experiment', ...partial, anyOf: [{ required: ['extends'] }, complete] };
}

/** With layers of blocks, all of whose values may be `$name`. */
function withBlockLayers(schema: Fragment): Fragment {
  const definitions = definitionsOf(schema);
  const inBlocks: Record<string, Fragment> = { parameter };
  const rename = (name: string): string => `block_${name}`;
  const orParameter = (one: Fragment): Fragment => {
    const { description, ...value } = visit(one);
    return { ...(description === undefined ? {} : { description }), anyOf: [{ $ref: '#/$defs/parameter' }, value] };
  };
  const visit = (fragment: Fragment): Fragment => {
    const { $ref, properties, items, prefixItems, anyOf, oneOf, ...rest } = fragment;
    const property = ([key, one]: [string, Fragment]) => [key, key === 'type' || key === blockType ? one : orParameter(one)];
    return {
      ...rest,
      ...($ref === undefined ? {} : { $ref: `#/$defs/${define($ref.slice('#/$defs/'.length))}` }),
      ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(property)) }),
      ...(items === undefined ? {} : { items: typeof items === 'object' ? orParameter(items) : items }),
      ...(prefixItems === undefined ? {} : { prefixItems: prefixItems.map(orParameter) }),
      ...(anyOf === undefined ? {} : { anyOf: anyOf.map(visit) }),
      ...(oneOf === undefined ? {} : { oneOf: oneOf.map(visit) }),
    };
  };
  const define = (name: string): string => {
    if (inBlocks[rename(name)] === undefined) {
      inBlocks[rename(name)] = {}; // it may refer to itself
      inBlocks[rename(name)] = visit(definitions[name]!);
    }
    return rename(name);
  };
  const properties = { ...schema.properties, blocks: blocksFragment(orParameter({ $ref: '#/$defs/layer' })) };
  return { ...schema, properties, $defs: { ...definitions, ...inBlocks } };
}

const parameter: Fragment = { type: 'string', pattern: parameterPattern, description: "A parameter's value, whatever it is." };

/** Only the `required` of a map and of the maps under its fixed keys. */
function requirements({ required, properties = {} }: Fragment): Fragment {
  const below = Object.entries(properties).flatMap(([key, property]): [string, Fragment][] => {
    const inner = requirements(property);
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return {
    ...(required === undefined ? {} : { required }),
    ...(below.length === 0 ? {} : { properties: Object.fromEntries(below) }),
  };
}

function withoutRequirements({ required: _, ...schema }: Fragment): Fragment {
  if (schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties).map(([key, property]) => [key, withoutRequirements(property)]);
  return { ...schema, properties: Object.fromEntries(properties) };
}
