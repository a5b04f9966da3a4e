import type { LocalRun } from '../runtime.ts'

const RUN = `# Runs main.rb with the arguments of args.json and prints its result.
require 'json'
load File.join(__dir__, 'main.rb')

args = JSON.parse(File.read(File.join(__dir__, 'args.json')))
given = method(:main).parameters.select { |_, name| args.key?(name.to_s) }
keywords, positional = given.partition { |kind, _| %i[key keyreq].include?(kind) }
values = positional.map { |_, name| args[name.to_s] }
named = keywords.to_h { |_, name| [name, args[name.to_s]] }
puts JSON.pretty_generate(method(:main).call(*values, **named))
`

/** A script in Ruby, run by the interpreter of the path. */
export const localRun: LocalRun = { script: 'main.rb', files: { 'run.rb': RUN }, argv: ['ruby', 'run.rb'] }
