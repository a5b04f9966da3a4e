import { randomUUID } from 'node:crypto'

/** What was changed at the prototypes of this process, and what a secret that lies about in it was seen in. */
export interface HostTraps {
  readonly secret: string
  /** Puts the secret where whoever reaches this process would find it; gives what takes it away again. */
  set(): () => void
  /** Sentences about what code from outside did to this process since it was set, or saw of it. */
  found(texts: readonly string[]): readonly string[]
}

const NAME = 'millraceTrap'

/** The prototypes that all code shares. */
const SHARED = [Object, Array, String, Number, Boolean, Function, Error, Promise, RegExp, Map, Set].map(
  ({ prototype }): object => prototype,
)

/**
 * Traps in this process for expressions that get out: a function that says a secret by any global object, the secret in the
 * environment, and a look at what all objects inherit.
 */
export function hostTraps(): HostTraps {
  const secret = randomUUID()
  const before = SHARED.map(propertiesOf)
  let calls = 0
  return {
    secret,
    set() {
      const say = () => {
        calls += 1
        return secret
      }
      if (NAME in globalThis) throw new Error('there are traps already')
      Object.defineProperty(globalThis, NAME, { value: say, configurable: true })
      process.env[NAME] = secret
      return () => {
        Reflect.deleteProperty(globalThis, NAME)
        Reflect.deleteProperty(process.env, NAME)
      }
    },
    found(texts) {
      const seen = texts.filter((text) => text.includes(secret) || text.includes(process.version))
      const changed = SHARED.filter((each, index) => isChanged(propertiesOf(each), before[index] ?? new Map()))
      return [
        ...(calls > 0 ? [`a function of this process was called ${calls} times`] : []),
        ...seen.map((text) => `something of this process was seen: ${text.slice(0, 200)}`),
        ...changed.map((each) => `what ${String(each.constructor.name)} inherits was changed`),
      ]
    },
  }
}

/** Words that find the traps by a global object, a function or an object: as an expression over `way`. */
export function reachBy(way: string): string {
  return `const tell = (say) => { try { return say() } catch (error) { return String(error) } }
const found = [${way}].flatMap((each) => [each, tell(() => each.constructor.constructor('return this')())]);
return found.map((g) => [tell(() => g.${NAME}()), tell(() => g.process.env.${NAME}), tell(() => g.process.version),
  tell(() => g.process.mainModule.require('fs')), tell(() => typeof g.process), tell(() => typeof g.require)])`
}

type Properties = ReadonlyMap<string | symbol, PropertyDescriptor>

function propertiesOf(value: object): Properties {
  return new Map(Reflect.ownKeys(value).map((key) => [key, Object.getOwnPropertyDescriptor(value, key) ?? {}]))
}

function isChanged(now: Properties, before: Properties): boolean {
  const isSame = ([key, { value, get, set }]: [string | symbol, PropertyDescriptor]) => {
    const old = before.get(key)
    return old !== undefined && Object.is(old.value, value) && old.get === get && old.set === set
  }
  return now.size !== before.size || ![...now].every(isSame)
}
