import { z } from 'zod';
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

/** The schema of what a file may hold, as zod tells it, with `extends`, which loading takes away before zod sees it. */
export function fileSchema(): Fragment {
  const { $schema, ...schema } = z.toJSONSchema(experimentSchema, {
    io: 'input',
    target: 'draft-2020-12',
  }) as unknown as Fragment;
  return {
    $schema,
    ...schema,
    properties: { extends: extendsSchema, ...schema.properties },
  };
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
  const { $schema, ...schema } = fileSchema();
  const complete = requirements(schema);
  const partial = withoutRequirements(schema);
  return { $schema, title: 'nn experiment', ...partial, anyOf: [{ required: ['extends'] }, complete] };
}

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
