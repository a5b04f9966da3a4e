# frozen_string_literal: true

module Millrace
  # From the values of a job to the parameters of `main`.
  module Arguments
    # How Ruby and we say that an argument is missing.
    class Missing < ArgumentError
      def self.name = 'ArgumentError'
    end

    def self.call(job)
      main = find_main
      args, defaults = job.values_at('args', 'defaults')
      positional = positional(main, args, defaults)
      keywords = keywords(main, args)
      keywords.empty? ? main.call(*positional) : main.call(*positional, **keywords)
    end

    def self.find_main
      TOPLEVEL_BINDING.receiver.method(:main)
    rescue NameError
      raise NoMethodError, 'the script has no method main'
    end

    # In order, without those at the end that are not given. One before a given one needs a default that is a literal.
    def self.positional(main, args, defaults)
      names = main.parameters.filter_map { |kind, name| [kind, name.to_s] if %i[req opt].include?(kind) }
      last = names.rindex { |kind, name| kind == :opt && args.key?(name) } || -1
      names.each_with_index.filter_map do |(kind, name), index|
        next [args[name]] if args.key?(name)
        raise Missing, "main: the argument #{name} is not given" if kind == :req
        next if index > last
        next [defaults[name]] if defaults.key?(name)

        raise Missing, "main: the argument #{name} is needed before #{names[last][1]}, for its default is computed"
      end.flatten(1)
    end

    def self.keywords(main, args)
      kinds = main.parameters.group_by(&:first).transform_values { |pairs| pairs.map { |_, name| name.to_s } }
      missing = kinds.fetch(:keyreq, []).find { |name| !args.key?(name) }
      raise Missing, "main: the argument #{missing} is not given" if missing

      taken = kinds.fetch(:req, []) + kinds.fetch(:opt, [])
      known = kinds.fetch(:keyreq, []) + kinds.fetch(:key, [])
      args.select { |name, _| kinds.key?(:keyrest) ? !taken.include?(name) : known.include?(name) }.transform_keys(&:to_sym)
    end
  end
end
