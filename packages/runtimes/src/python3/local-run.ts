import type { LocalRun } from '../runtime.ts'

const RUN = `"""Runs main.py with the arguments of args.json and prints its result."""

import json

import main

with open("args.json", encoding="utf-8") as file:
    args = json.load(file)
with open("parameters.json", encoding="utf-8") as file:
    parameters = json.load(file)

given = {name: args[name] for name in parameters if name in args}
print(json.dumps(main.main(**given), indent=2, default=str, ensure_ascii=False))
`

/** A script in Python, run by the interpreter of the path. */
export const localRun: LocalRun = { script: 'main.py', files: { 'run.py': RUN }, argv: ['python3', 'run.py'] }
