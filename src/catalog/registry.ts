import { z } from 'zod';

/** A word that YAML may use: `type` names it, `options` are the keys that may stand beside `type`. */
export interface Definition {
  readonly type: string;
  /** One sentence for the reference and the JSON Schema. */
  readonly summary: string;
  /** A rule between options is a `refine` of the whole. */
  readonly options: z.ZodObject;
}

/** A definition with its options read: what a config's `{type: ..., ...}` becomes. */
export type Chosen = { type: string } & Record<string, unknown>;

/** Keys that all definitions of a kind take, which may depend on the definition. */
export type CommonKeys<D> = z.ZodRawShape | ((definition: D) => z.ZodRawShape);

/** The definitions of one kind (layers, losses, ...), found by their `type`. */
export class Registry<D extends Definition> {
  readonly kind: string;
  private readonly byType = new Map<string, D>();
  private withoutCommon: z.ZodType<Chosen, string | Record<string, unknown>> | undefined;

  constructor(kind: string, definitions: readonly D[]) {
    this.kind = kind;
    for (const definition of definitions) {
      if (this.byType.has(definition.type)) throw new Error(`two ${kind} definitions are named ${definition.type}`);
      this.byType.set(definition.type, definition);
    }
  }

  get(type: string): D {
    const definition = this.byType.get(type);
    if (definition === undefined) throw new Error(`no ${this.kind} is named ${type}`);
    return definition;
  }

  get types(): string[] {
    return [...this.byType.keys()];
  }

  get definitions(): D[] {
    return [...this.byType.values()];
  }

  /**
   * The strict schema of `{type, ...options}` for every definition, with `common` keys beside the options. Options of the same name
   * come before them.
   */
  schema(common: CommonKeys<D> = {}): z.ZodType<Chosen, string | Record<string, unknown>> {
    const members = this.definitions.map((definition) =>
      z
        .strictObject({
          type: z.literal(definition.type),
          ...(typeof common === 'function' ? common(definition) : common),
          ...definition.options.shape,
        })
        .check(...((definition.options.def.checks ?? []) as z.core.$ZodCheck<{ type: string }>[]))
        .meta({ title: definition.type, description: definition.summary }),
    );
    return z.discriminatedUnion('type', members as unknown as [z.ZodObject, ...z.ZodObject[]]) as unknown as z.ZodType<
      Chosen,
      string | Record<string, unknown>
    >;
  }

  /** As `schema`, and the bare name stands for `{type: name}` with every default. */
  schemaOrName(common?: CommonKeys<D>): z.ZodType<Chosen, string | Record<string, unknown>> {
    if (common !== undefined) return this.nameOr(common);
    // One schema for all that name the kind: the JSON Schema has it once, under the name of the kind.
    return (this.withoutCommon ??= this.nameOr({}).meta({ id: this.kind.replaceAll(' ', '_') }));
  }

  private nameOr(common: CommonKeys<D>): z.ZodType<Chosen, string | Record<string, unknown>> {
    const full = this.schema(common);
    const name = z.enum(this.types as [string, ...string[]]).transform((type, context) => {
      const parsed = full.safeParse({ type });
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) context.addIssue({ ...issue, input: undefined } as never);
      return z.NEVER;
    });
    return z.union([name, full]) as unknown as z.ZodType<Chosen, string | Record<string, unknown>>;
  }
}
