import { Registry } from '../registry.js';
import type { ScheduleDefinition } from '../schedule.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { cosineRestarts } from './cosine-restarts.js';
import { cyclical } from './cyclical.js';
import { linear, polynomial } from './decay.js';
import { exponential } from './exponential.js';
import { inverseSqrt } from './inverse-sqrt.js';
import { multiStep } from './multi-step.js';
import { oneCycle } from './one-cycle.js';
import { reduceOnPlateau } from './reduce-on-plateau.js';
import { step } from './step.js';
import { warmupStableDecay } from './warmup-stable-decay.js';

export const schedules = new Registry<ScheduleDefinition>('schedule', [
  constant,
  cosine,
  linear,
  polynomial,
  exponential,
  step,
  multiStep,
  inverseSqrt,
  warmupStableDecay,
  oneCycle,
  cosineRestarts,
  cyclical,
  reduceOnPlateau,
]);
