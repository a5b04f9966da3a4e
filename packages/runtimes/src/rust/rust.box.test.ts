import { beforeAll, describe, expect, test } from 'vitest'
import { lockOf } from '../shared/testing/lock-of.ts'
import { testSecondRun } from '../shared/testing/test-second-run.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { testRuntime, type RuntimeHost, type RuntimeSamples } from '../suite.ts'
import { rust } from './index.ts'

const FOLDERS = '["/tmp", "/dev/shm", "."]'
const C =
  'extern "C" { fn close(descriptor: i32) -> i32; fn write(descriptor: i32, bytes: *const u8, size: usize) -> isize; }'

const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `use serde_json::{json, Value};\nfn main() -> Value { json!({"answer": 42, "list": [1, null, "é"]}) }`,
  echo: `use serde_json::Value;\nfn main(value: Value) -> Value { value }`,
  failing: { source: `fn main() {\n    let _ = 1;\n    panic!("the cake is a lie");\n}`, line: 3 },
  broken: { source: `fn main() -> i32 {\n    undefined_name\n}`, mentions: 'main.rs:2' },
  greeting: `fn main(name: Option<String>) -> String { name.unwrap_or("nobody".to_string()) }`,
  chatty: `fn main() -> &'static str {\n    for n in 1..=1000 { println!("line {n}"); }\n    "done"\n}`,
  environment: `use std::env::var;\nfn main() -> anyhow::Result<String> { Ok(format!("{} {}", var("WM_TOKEN").unwrap_or_default(), var("WM_WORKSPACE")?)) }`,
  large: `fn main() -> String { "é".repeat(1048576) }`,
  closing: `${C}\nfn main() -> &'static str { unsafe { close(3); } "done" }`,
  garbling: `${C}\nfn main() -> &'static str {\n    for n in 3..=600 { unsafe { write(n, b"garbage".as_ptr(), 7); } }\n    "done"\n}`,
  leaving: `fn main() { std::process::exit(0) }`,
  exiting: `fn main() { std::process::exit(3) }`,
  parenting: `use std::process::Command;\nfn main() -> anyhow::Result<&'static str> {\n    Command::new("setsid").args(["sleep", "86399"]).spawn()?;\n    Ok("done")\n}`,
  stubborn: `extern "C" { fn signal(number: i32, handler: usize) -> usize; }\nfn main() {\n    unsafe { signal(15, 1); }\n    println!("ready");\n    std::thread::sleep(std::time::Duration::from_secs(3600));\n}`,
  spinning: `fn main() {\n    println!("ready");\n    loop { std::hint::spin_loop(); }\n}`,
  littering: `fn main() -> &'static str {\n    for folder in ${FOLDERS} { let _ = std::fs::write(format!("{folder}/left-behind"), ""); }\n    "done"\n}`,
  looking: `fn main() -> String {\n    let mut names = String::new();\n    for folder in ${FOLDERS} {\n        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() { names += &entry.file_name().to_string_lossy(); }\n    }\n    names\n}`,
}

describe('rust', () => {
  let host: RuntimeHost
  // What every script may use is compiled before the first.
  beforeAll(async () => {
    host = await openRuntimeHost(rust)
    if (host.toolchain.found) await host.run(samples.value).ended
  }, 300_000)
  testRuntime(rust, samples, () => Promise.resolve(host))

  test('typed arguments arrive by name, borrowed ones too', async () => {
    const source = `use serde::{Deserialize, Serialize};
use std::collections::HashMap;
#[derive(Deserialize, Serialize)] struct Point { x: i32, label: Option<String> }
#[derive(Deserialize, Serialize)] enum Suit { Hearts, Spades }
fn main(a: &str, mut b: i64, c: &[f64], d: Option<u8>, e: Point, f: HashMap<String, bool>, g: Vec<Suit>, h: &mut Vec<i32>) -> impl Serialize {
    b += 1;
    h.push(9);
    (a.to_string(), b, c.to_vec(), d, e, f, g, h.clone())
}`
    const args = { a: 'é', b: 6, c: [1, 2.5], e: { x: 1 }, f: { t: true }, g: ['Spades'], h: [] }
    const value = ['é', 7, [1, 2.5], null, { x: 1, label: null }, { t: true }, ['Spades'], [9]]
    expect(await host.run(source, { args }).ended).toMatchObject({ value })
  })

  test('an argument of another type, or none, is named', async () => {
    const source = 'fn main(count: i32) -> i32 { count }'
    const wrong = await host.run(source, { args: { count: 'many' } }).ended
    expect(wrong).toMatchObject({ error: { name: 'ArgumentError', message: expect.stringContaining('"count"') } })
    const none = await host.run(source).ended
    expect(none).toMatchObject({ error: { message: 'argument "count" is not given' } })
  })

  test('an error that main returns fails the job with its causes', async () => {
    const source = `use anyhow::{bail, Context};\nfn fail() -> anyhow::Result<()> { bail!("no more cake") }\nfn main() -> anyhow::Result<()> { fail().context("at tea") }`
    expect(await host.run(source).ended).toMatchObject({ error: { name: 'Error', message: 'at tea: no more cake' } })
  })

  test('an async main is run', async () => {
    expect(await host.run('async fn main() -> i32 { async { 7 }.await }').ended).toMatchObject({ value: 7 })
  })

  test('a script without main says so', async () => {
    const end = await host.run('fn other() {}').ended
    expect(end).toMatchObject({ error: { message: expect.stringContaining('the script has no function main') } })
  })

  const HEADER = '//! ```cargo\n//! [dependencies]\n//! hex = "0.4"\n//! ```\n'
  const HEX = `${HEADER}fn main(text: String) -> String { hex::encode(text) }`

  test('the header is pinned, and the lock alone runs later without network', async () => {
    const lock = await lockOf(host, HEX)
    expect(lock).toContain('#: hex = "0.4"\n')
    expect(lock).toContain('name = "hex"\n')
    expect(await host.run(HEX, { args: { text: 'hi' }, script: { path: undefined, lock } }).ended).toMatchObject({
      value: '6869',
    })
    const edited = HEX.replace('encode(text)', 'encode_upper(text)')
    expect(rust.prepare({ content: edited, path: undefined, lock }, found(host)).build?.network).toBe('none')
    expect(await host.run(edited, { args: { text: 'z' }, script: { path: undefined, lock } }).ended).toMatchObject({
      value: '7A',
    })
  }, 300_000)

  testSecondRun(
    () => host,
    async () => ({
      source: HEX,
      input: { args: { text: 'hi' }, script: { path: undefined, lock: await lockOf(host, HEX) } },
      value: '6869',
    }),
  )

  test('a crate that does not exist is named', async () => {
    await expect(lockOf(host, HEX.replace('hex = "0.4"', 'hex = "99"'))).rejects.toThrow('hex')
  })
})

function found(host: RuntimeHost) {
  if (!host.toolchain.found) throw new Error(host.toolchain.problem)
  return host.toolchain
}
