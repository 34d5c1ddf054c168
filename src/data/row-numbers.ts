/**
 * The numbers that rows have in their files, from 1 on, where lines between them are left out.
 * @param leftOut the places of these, from 0 on and in order, among all lines that were to be rows
 */
export function rowNumbers(leftOut: readonly number[]): (row: number) => number {
  // Of each of them how many rows come before it.
  const before = leftOut.map((place, i) => place - i);
  return (row) => {
    let [first, last] = [0, before.length];
    while (first < last) {
      const middle = (first + last) >>> 1;
      if (before[middle]! <= row) first = middle + 1;
      else last = middle;
    }
    return row + first + 1;
  };
}
