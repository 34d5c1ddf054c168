import { Registry } from '../registry.js';
import type { ScheduleDefinition } from '../schedule.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';

export const schedules = new Registry<ScheduleDefinition>('schedule', [constant, cosine]);
