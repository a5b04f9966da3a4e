import { blobValue } from '@duckdb/node-api'

/** Reads the pieces of TDS one after the other. */
export class TdsReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  number(size: 1 | 2 | 4): number {
    const value = this.#bytes.readUIntLE(this.#at, size)
    this.#at += size
    return value
  }

  bytes(length: number): Buffer {
    const value = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return value
  }

  /** As many characters as the byte before them says. */
  shortText(): string {
    return this.bytes(this.number(1) * 2).toString('ucs2')
  }

  skipHeaders(): void {
    this.bytes(this.number(4) - 4)
  }

  /** A value with its type, as a parameter of a call has it. */
  value(): unknown {
    const type = this.number(1)
    switch (type) {
      case 0x26:
        this.number(1)
        return this.#sized((bytes) => integerOf(bytes))
      case 0x68:
        this.number(1)
        return this.#sized((bytes) => bytes[0] === 1)
      case 0x6d:
        this.number(1)
        return this.#sized((bytes) => (bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE()))
      case 0x6a:
      case 0x6c: {
        const [, , scale = 0] = this.bytes(3)
        return this.#sized((bytes) => Number(integerOf(bytes.subarray(1))) / 10 ** scale)
      }
      case 0xe7:
        return this.#long(this.#lengthAndCollation(), (bytes) => bytes.toString('ucs2'))
      case 0xa5:
        return this.#long(this.number(2), (bytes) => blobValue(new Uint8Array(bytes)))
      case 0x2a: {
        const scale = this.number(1)
        return this.#sized((bytes) => timestampOf(bytes, scale))
      }
      default:
        throw new Error(`this peer knows no parameter of type ${type}`)
    }
  }

  #lengthAndCollation(): number {
    const length = this.number(2)
    this.bytes(5)
    return length
  }

  #sized<T>(read: (bytes: Buffer) => T): T | null {
    const length = this.number(1)
    return length === 0 ? null : read(this.bytes(length))
  }

  #long<T>(lengthMax: number, read: (bytes: Buffer) => T): T | null {
    if (lengthMax !== 0xffff) {
      const length = this.number(2)
      return length === 0xffff ? null : read(this.bytes(length))
    }
    if (this.bytes(8).equals(Buffer.alloc(8, 0xff))) return null
    const chunks: Buffer[] = []
    for (let length = this.number(4); length > 0; length = this.number(4)) chunks.push(this.bytes(length))
    return read(Buffer.concat(chunks))
  }
}

/** Little end first. */
export function int(value: number | bigint, size: 1 | 2 | 4 | 8): Buffer {
  const bytes = Buffer.alloc(size)
  if (size === 8) bytes.writeBigInt64LE(BigInt(value))
  else bytes.writeUIntLE(Number(value), 0, size)
  return bytes
}

/** With its length in characters before it. */
export function text(value: string, lengthSize: 1 | 2): Buffer {
  return Buffer.concat([int(value.length, lengthSize), Buffer.from(value, 'ucs2')])
}

/** Messages of one connection, each of one or more packets; the last has a flag. */
export class TdsFrames {
  #rest = Buffer.alloc(0)
  #parts: Buffer[] = []

  /** Whole messages: kind, whether the session is to be as new, and what is in it. */
  take(chunk: Buffer): readonly { readonly kind: number; readonly isReset: boolean; readonly body: Buffer }[] {
    const messages: { kind: number; isReset: boolean; body: Buffer }[] = []
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 8 && this.#rest.length >= this.#rest.readUInt16BE(2)) {
      const [kind = 0, status = 0] = this.#rest
      const length = this.#rest.readUInt16BE(2)
      this.#parts.push(this.#rest.subarray(8, length))
      this.#rest = this.#rest.subarray(length)
      if ((status & 1) === 0) continue
      messages.push({ kind, isReset: (status & 8) !== 0, body: Buffer.concat(this.#parts) })
      this.#parts = []
    }
    return messages
  }
}

/** An answer of the server, cut into packets. */
export function toPackets(body: Buffer): Buffer {
  const size = 4088
  const packets: Buffer[] = []
  for (let at = 0; at === 0 || at < body.length; at += size) {
    const part = body.subarray(at, at + size)
    const header = Buffer.from([4, at + size >= body.length ? 1 : 0, 0, 0, 0, 0, 1, 0])
    header.writeUInt16BE(part.length + 8, 2)
    packets.push(header, part)
  }
  return Buffer.concat(packets)
}

function integerOf(bytes: Buffer): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`))
}

/** Ticks of the day, then days since the year 1. */
function timestampOf(bytes: Buffer, scale: number): string {
  const ticks = integerOf(Buffer.concat([bytes.subarray(0, -3), Buffer.alloc(1)]))
  const days = bytes.readUIntLE(bytes.length - 3, 3)
  const ms = Date.parse('0001-01-01T00:00:00Z') + days * 86_400_000
  return new Date(ms + Number(ticks) / 10 ** (scale - 3)).toISOString().replace('T', ' ').replace('Z', '')
}
