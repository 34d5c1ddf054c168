/** Numerators and denominators, highest power first, of the three ranges of Cody's approximations. */
const near = {
  over: [1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3],
  under: [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3],
};
const middle = {
  over: [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
  ],
  under: [
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
    4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
  ],
};
const far = {
  over: [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
    6.58749161529837803e-4,
  ],
  under: [1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3],
};

const polynomial = (coefficients: readonly number[], x: number): number => coefficients.reduce((sum, c) => sum * x + c, 0);
const quotient = ({ over, under }: typeof near, x: number): number => polynomial(over, x) / polynomial(under, x);

/**
 * `erf(x) = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x`, with a relative error below 1e-15.
 * Cody, 1969, "Rational Chebyshev approximations for the error function".
 */
export function errorFunction(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) return x * quotient(near, x * x);
  if (size > 6) return Math.sign(x); // 1 - 2e-17
  let complement: number;
  if (size <= 4) complement = quotient(middle, size);
  else {
    const inverse = 1 / (size * size);
    complement = (1 / Math.sqrt(Math.PI) - inverse * quotient(far, inverse)) / size;
  }
  return Math.sign(x) * (1 - Math.exp(-size * size) * complement);
}
