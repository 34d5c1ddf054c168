import type { Buffer } from './kernel-call.js';

/** Where a buffer lies that has no memory of its own. */
export interface Place {
  readonly within: Buffer;
  /** In bytes. */
  readonly offset: number;
}

/**
 * Buffers that lie within others, so that nothing need be copied: pieces are written where they are to be joined, and a part of a whole
 * is read where it lies. A whole lies in no other one.
 */
export class Places {
  private readonly places = new Map<Buffer, Place>();
  private readonly wholes = new Set<Buffer>();

  set(buffer: Buffer, within: Buffer, offset: number): void {
    const place = this.of(within);
    this.places.set(buffer, { within: place.within, offset: place.offset + offset });
    this.wholes.add(place.within);
  }

  of(buffer: Buffer): Place {
    return this.places.get(buffer) ?? { within: buffer, offset: 0 };
  }

  isPlaced(buffer: Buffer): boolean {
    return this.places.has(buffer);
  }

  isWhole(buffer: Buffer): boolean {
    return this.wholes.has(buffer);
  }

  all(): Iterable<[Buffer, Place]> {
    return this.places;
  }

  /** Whether two buffers have an element in common. */
  overlap(a: Buffer, b: Buffer): boolean {
    if (a === b) return true;
    const [first, second] = [this.of(a), this.of(b)];
    if (first.within !== second.within) return false;
    return first.offset < second.offset + bytesOf(b) && second.offset < first.offset + bytesOf(a);
  }
}

export const bytesOf = ({ units, bytesPerUnit }: Buffer): number => units * bytesPerUnit;
