import { hasTokio } from './manifest.ts'
import { readMain, type MainShape } from './signature.ts'

/**
 * The source as a program that calls its `main` with the arguments of a job. Every line stays where it was: the first gets an
 * attribute, and the rest stands behind the last.
 */
export function toProgram(source: string): string {
  const main = readMain(source)
  const body = main ? call(main, hasTokio(source)) : 'compile_error!("the script has no function main")'
  const entry = `#[no_mangle] pub extern "C" fn main(_: i32, _: *const *const u8) -> i32 { crate::__millrace::run(|input| { ${body} }) }`
  return `#![no_main] ${source}\n#[path = "wrapper.rs"] mod __millrace; mod __millrace_entry { ${entry} }\n`
}

function call(main: MainShape, isTokio: boolean): string {
  const values = main.parameters.map(({ name, type }) => argument(name, type))
  const plain = `crate::main(${values.join(', ')})`
  const value = main.isAsync ? wait(plain, isTokio) : plain
  if (!main.returnsResult) return `let value = ${value}; crate::__millrace::encode(&value)`
  return `match ${value} { Ok(value) => crate::__millrace::encode(&value), Err(error) => crate::__millrace::refuse(error) }`
}

function wait(future: string, isTokio: boolean): string {
  if (!isTokio) return `crate::__millrace::wait(${future})`
  const runtime = 'tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime of tokio")'
  return `${runtime}.block_on(${future})`
}

/** A reference is lent by a value of ours. */
function argument(name: string, type: string): string {
  const text = JSON.stringify(name)
  const lent = /^&\s*(?:'\w+\s+)?(mut\s+)?(.*)$/s.exec(type.trim())
  if (!lent) return `input.take(${text})`
  const [, mutable = '', target = ''] = lent
  const owned = target.trim() === 'str' ? 'input.take::<String>' : 'input.take'
  return target.trim().startsWith('[') ? `&${mutable}input.take::<Vec<_>>(${text})` : `&${mutable}${owned}(${text})`
}
