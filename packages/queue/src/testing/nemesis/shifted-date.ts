/**
 * Loaded before a program (`--import …/shifted-date.ts?ms=300000`): its `Date` goes so many milliseconds wrong, as where the
 * clock of a host does. Timers and `performance.now` go on, as they do there.
 */
const shiftMs = Number(new URL(import.meta.url).searchParams.get('ms'))

globalThis.Date = new Proxy(Date, {
  construct: (real, args, target) => Reflect.construct(real, args.length === 0 ? [real.now() + shiftMs] : args, target),
  get: (real, key, receiver) => (key === 'now' ? () => real.now() + shiftMs : Reflect.get(real, key, receiver)),
})

export {}
