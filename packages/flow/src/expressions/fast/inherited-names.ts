/**
 * What values of JSON have besides their own properties, in the slow lane's JavaScript: reading one of these gives a function of a
 * prototype, or a prototype, and is the slow lane's to do. A test holds the lists against that engine.
 */
const OBJECT = [
  'constructor __proto__ hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf',
  '__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__',
]

const ARRAY = [
  'at concat copyWithin entries every fill filter find findIndex findLast findLastIndex flat flatMap forEach includes',
  'indexOf join keys lastIndexOf length map pop push reduce reduceRight reverse shift slice some sort splice toReversed',
  'toSorted toSpliced unshift values with',
]

const STRING = [
  'anchor at big blink bold charAt charCodeAt codePointAt concat endsWith fixed fontcolor fontsize includes indexOf',
  'isWellFormed italics lastIndexOf length link localeCompare match matchAll normalize padEnd padStart repeat replace',
  'replaceAll search slice small split startsWith strike sub substr substring sup toLocaleLowerCase toLocaleUpperCase',
  'toLowerCase toUpperCase toWellFormed trim trimEnd trimLeft trimRight trimStart __quote',
]

const NUMBER = ['toExponential toFixed toPrecision']

export const INHERITED_NAMES: ReadonlySet<string> = new Set(
  [...OBJECT, ...ARRAY, ...STRING, ...NUMBER].flatMap((line) => line.split(' ')),
)
