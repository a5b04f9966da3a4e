# frozen_string_literal: true

module Millrace
  # What scripts may use without asking for it. All of it takes ten times as long to load as Ruby takes to start, so a script that
  # seems to need none of it starts without; the first constant that is missing brings it nevertheless.
  module Libraries
    NAMES = %w[
      rubygems bigdecimal date digest erb fileutils net/http open3 pathname securerandom tempfile time uri yaml
    ].freeze

    # False when it was done before.
    def self.load_all
      return false if @are_loaded

      @are_loaded = true
      NAMES.each { |name| require name }
      true
    end

    # Finds constants once all of it is there.
    module Late
      def const_missing(name)
        Libraries.load_all ? const_get(name) : super
      end
    end
  end
end

Module.prepend(Millrace::Libraries::Late)
