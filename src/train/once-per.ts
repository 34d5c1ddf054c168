/**
 * A function whose result for an object is made once, and kept as long as the object: what the steps of a run need of a program or a
 * config, since those of a small model take microseconds.
 */
export function oncePer<Of extends object, Result>(make: (of: Of) => Result): (of: Of) => Result {
  const made = new WeakMap<Of, Result>();
  return (of) => {
    const before = made.get(of);
    if (before !== undefined) return before;
    const result = make(of);
    made.set(of, result);
    return result;
  };
}
