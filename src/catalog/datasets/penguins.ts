import { type PublishedTable, definePublishedTable } from '../published-table.js';
import { realSources } from '../published-sources.js';

/**
 * The penguins of Palmer Station (Gorman, Williams and Fraser, 2014): 344 birds of three species, with their measures in millimetres and
 * grams, sex and island; some values are missing. The file is that of the npm package vega-datasets.
 */
export const penguinsSet: PublishedTable = {
  type: 'penguins',
  summary: 'The penguins of Palmer Station: 344 birds of three species, with measures, sex and island, some of them missing.',
  title: 'penguins',
  file: 'penguins.json',
  md5: 'da97e0ad6c2fe99f3eba8e8a43e076ce',
  npm: { name: 'vega-datasets', path: 'data/penguins.json' },
  mirrors: [
    'https://cdn.jsdelivr.net/npm/vega-datasets@3.2.1/data/penguins.json',
    'https://unpkg.com/vega-datasets@3.2.1/data/penguins.json',
  ],
  // One bird's sex is written ".": it is missing, like those of ten others.
  query: `SELECT "Beak Length (mm)" AS beak_length, "Beak Depth (mm)" AS beak_depth, "Flipper Length (mm)" AS flipper_length,
                 "Body Mass (g)" AS body_mass, NULLIF(Sex, '.') AS sex, Island AS island, Species AS species FROM data`,
  target: 'species',
};

export const penguins = definePublishedTable(penguinsSet, realSources);
