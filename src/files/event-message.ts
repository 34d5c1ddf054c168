/**
 * TensorBoard's `Event` message as protocol buffers. Field numbers are those of tensorflow/core/util/event.proto and
 * tensorflow/core/framework/{summary,tensor}.proto.
 */
import Pbf from 'pbf';

/** One value of a summary; the first of its tag in a file says which plugin shows it. */
export interface ScalarValue {
  tag: string;
  value: number;
  first: boolean;
}

/** `wallTime` is in seconds since 1970. */
export interface Event {
  wallTime: number;
  step: number;
  content: { fileVersion: string } | { sessionStart: true } | { scalars: readonly ScalarValue[] };
}

const sessionStart = 1; // SessionLog.START
const floatType = 1; // DT_FLOAT
const scalarClass = 1; // DATA_CLASS_SCALAR

export function encodeEvent({ wallTime, step, content }: Event): Uint8Array {
  const pbf = new Pbf();
  pbf.writeDoubleField(1, wallTime);
  if (step !== 0) pbf.writeVarintField(2, step);
  if ('fileVersion' in content) pbf.writeStringField(3, content.fileVersion);
  if ('sessionStart' in content) pbf.writeMessage(7, writeSessionStart, undefined);
  if ('scalars' in content) pbf.writeMessage(5, writeSummary, content.scalars);
  return pbf.finish();
}

function writeSessionStart(_: undefined, pbf: Pbf): void {
  pbf.writeVarintField(1, sessionStart);
}

function writeSummary(values: readonly ScalarValue[], pbf: Pbf): void {
  for (const value of values) pbf.writeMessage(1, writeValue, value);
}

function writeValue({ tag, value, first }: ScalarValue, pbf: Pbf): void {
  pbf.writeStringField(1, tag);
  pbf.writeMessage(8, writeRankZeroTensor, value);
  if (first) pbf.writeMessage(9, writeScalarMetadata, undefined);
}

function writeRankZeroTensor(value: number, pbf: Pbf): void {
  pbf.writeVarintField(1, floatType);
  pbf.writeMessage(2, () => {}, undefined); // A shape without dimensions.
  pbf.writePackedFloat(5, [value]);
}

function writeScalarMetadata(_: undefined, pbf: Pbf): void {
  pbf.writeMessage(1, writeScalarPlugin, undefined);
  pbf.writeVarintField(4, scalarClass);
}

function writeScalarPlugin(_: undefined, pbf: Pbf): void {
  pbf.writeStringField(1, 'scalars');
}
