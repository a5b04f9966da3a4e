/**
 * JSON data as text and as a value, each made from the other when it is first asked for: what came from the database as text and
 * goes to another thread as text is never parsed. Who gives either promises that it is JSON; a value must not change any more.
 */
export class JsonData {
  /** So that data which is passed on as it came keeps the text that it came as. */
  static readonly #known = new WeakMap<object, JsonData>()

  #text: string | undefined
  #value: unknown

  private constructor(text: string | undefined, value: unknown) {
    this.#text = text
    this.#value = value
  }

  static ofText(text: string): JsonData {
    return new JsonData(text, undefined)
  }

  /** Anything that `JSON.parse` can give. */
  static ofValue(value: unknown): JsonData {
    if (!isObject(value)) return new JsonData(undefined, value)
    const data = JsonData.#known.get(value) ?? new JsonData(undefined, value)
    JsonData.#known.set(value, data)
    return data
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#value)
    return this.#text
  }

  get value(): unknown {
    // JSON has no undefined, so that can only mean that the text was not parsed yet.
    if (this.#value === undefined && this.#text !== undefined) {
      this.#value = JSON.parse(this.#text)
      if (isObject(this.#value)) JsonData.#known.set(this.#value, this)
    }
    return this.#value
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
