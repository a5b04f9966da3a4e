import { readFileSync } from 'node:fs'
import type { Build, FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { launchProgram } from '../shared/launch-program.ts'
import { dependencies, PACKAGES } from './dependencies.ts'
import { readLock, readManifest } from './manifest.ts'
import { parseSignature } from './signature.ts'
import { toProgram } from './to-program.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `use serde_json::{json, Value};

fn main(name: String, times: Option<i32>) -> anyhow::Result<Value> {
    let greeting = format!("Hello {name}");
    for _ in 0..times.unwrap_or(1) {
        println!("{greeting}");
    }
    Ok(json!({ "greeting": greeting, "times": times }))
}
`
const files = new URL('./files/', import.meta.url)
const WRAPPER = readFileSync(new URL('wrapper.rs', files), 'utf8')
const SHELL = ['build.sh', 'prebuild.sh'].map((name) => readFileSync(new URL(name, files), 'utf8'))

/** Rust. */
export const rust: ProcessRuntime = {
  kind: 'process',
  id: 'rust',
  info: { label: 'Rust', extension: '.rs', aliases: ['rust'], editor: 'rust', icon: 'RS', starter: STARTER },
  files,
  grammar: 'rust',
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  return {
    files: { 'main.rs': script.content },
    build: describeBuild(script, toolchain),
    ...launchProgram(({ args }) => encodeJson(args)),
    withoutFrame: 'error',
  }
}

/**
 * With a lock of ours all is there. Without one, what every script may use is compiled at the first build, and a lock from
 * elsewhere, which has no manifest, is compiled with its script: both may have to ask the registry.
 */
function describeBuild(script: ScriptSource, toolchain: FoundToolchain): Build {
  const { root } = toolchain.paths
  // An empty one is of a script that asks for nothing more than every script has.
  const lock = script.lock ? readLock(script.lock) : undefined
  const isOurs = lock?.manifest !== undefined
  const manifest = readManifest(lock ? script.content : '')
  const sources = {
    'main.rs': toProgram(script.content),
    'wrapper.rs': WRAPPER,
    ...(!isOurs && { 'Cargo.toml': manifest }),
    ...(lock && !isOurs && { 'Cargo.lock': lock.lock }),
  }
  // A lock that came without its manifest is compiled with its script; what every script may use, once for all.
  const base = `/cache/base-${contentKey([toolchain.version, manifest]).slice(0, 12)}`
  const packages = lock ? [PACKAGES, '/job/packages', 'own'] : [base, base, 'shared']
  return {
    key: contentKey([toolchain.version, process.arch, SHELL, sources, lock && script.lock]),
    files: sources,
    argv: ['/bin/sh', '/runtime/build.sh', `${root}/bin/cargo`, `${root}/bin/rustc`, ...packages],
    env: { ...jobEnvironment, CARGO_HOME: lock ? '/job/home' : '/cache/home', RUSTC: `${root}/bin/rustc` },
    cache: !lock,
    network: isOurs ? 'none' : 'host',
    output: 'program',
    holdsPackages: true,
  }
}
