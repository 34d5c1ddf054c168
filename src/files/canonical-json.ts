import { UserError } from '../errors.js';

/**
 * JSON with sorted keys and no spaces, so that equal values give equal text. It reads back exactly: -0 stays -0, and what
 * JSON would change without a word is refused. A key whose value is undefined is left out, as in `JSON.stringify`.
 *
 * @param name what the value is called in errors, for example `metadata`
 * @throws UserError for a number that is not finite, naming the key
 * @throws TypeError for what is no JSON value (a function, a Map, a typed array …)
 */
export function canonicalJson(value: unknown, name: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new UserError(`${name} is ${value}, and a finite number was expected`);
    return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item, i) => canonicalJson(item, `${name}[${i}]`)).join(',')}]`;
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`${name} is not a JSON value`);
  const fields = value as Record<string, unknown>;
  const pairs = Object.keys(fields)
    .filter((key) => fields[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(fields[key], `${name}.${key}`)}`);
  return `{${pairs.join(',')}}`;
}
