interface Left {
  positions: number;
  characters: number;
  bytes: number;
}

/** How much of large messages is still shown; `cut` tells that something was left out. */
export class Room {
  cut = false;
  private readonly left: Left;

  constructor(left: Left) {
    this.left = left;
  }

  /** The same room for a part of the answer, with a `cut` of its own. */
  part(): Room {
    return new Room(this.left);
  }

  get full(): boolean {
    if (this.left.positions > 0 && this.left.characters > 0) return false;
    this.cut = true;
    return true;
  }

  position(): boolean {
    if (this.full) return false;
    this.left.positions--;
    return true;
  }

  /** The text as far as there is room, at most `most` characters of it; no character is halved. */
  text(value: string, most: number): string {
    const end = Math.max(0, Math.min(value.length, most, this.left.characters));
    this.left.characters -= end;
    if (end === value.length) return value;
    this.cut = true;
    const last = value.charCodeAt(end - 1);
    return value.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end);
  }

  bytes(value: Uint8Array, most: number): Uint8Array {
    const end = Math.max(0, Math.min(value.byteLength, most, this.left.bytes));
    this.left.bytes -= end;
    if (end < value.byteLength) this.cut = true;
    return end < value.byteLength ? value.subarray(0, end) : value;
  }
}
