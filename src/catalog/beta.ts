import { z } from 'zod';
import type { RandomStream } from '../random.js';

/** The option `alpha` of what mixes by shares. */
export const alphaOption = (usual: number) =>
  z
    .number()
    .positive()
    .max(100)
    .default(usual)
    .describe('Shares are drawn from Beta(alpha, alpha): 1 makes all as likely, less favours those near 0 and 1.');

/** A number of the distribution Beta(alpha, alpha): the share of one of two numbers of Gamma(alpha) in their sum. */
export function drawBeta(alpha: number, random: RandomStream): number {
  const [one, other] = [logGamma(alpha, random), logGamma(alpha, random)];
  return 1 / (1 + Math.exp(other - one));
}

/** The logarithm of a number of the distribution Gamma(alpha) (Marsaglia and Tsang, 2000): for small alpha the number itself may be 0. */
function logGamma(alpha: number, random: RandomStream): number {
  if (alpha < 1) return logGamma(alpha + 1, random) + Math.log(1 - random.uniform()) / alpha;
  const d = alpha - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    const u = 1 - random.uniform();
    if (v > 0 && Math.log(u) < (x * x) / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
