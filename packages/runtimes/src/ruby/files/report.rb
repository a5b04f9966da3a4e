# frozen_string_literal: true

module Millrace
  # What went wrong, in terms of the script.
  module Report
    OURS = "#{__dir__}/"

    def self.encode(error)
      # It adds to messages what may have been meant.
      require 'did_you_mean' if error.is_a?(NameError) || error.is_a?(KeyError)
      JSON.generate({ name: error.class.name || 'Error', message: clean(error.message), stack: stack(error) })
    end

    # Where it was raised and the calls that led there, without ours; then its causes.
    def self.stack(error)
      lines = []
      seen = []
      while error && !seen.include?(error)
        lines << "caused by #{error.class.name}: #{clean(error.message)}" unless seen.empty?
        seen << error
        lines.concat((error.backtrace || []).reject { |line| line.start_with?(OURS, '<internal:') }.map { |line| clean(line) })
        error = error.cause
      end
      lines.join("\n")
    end

    def self.clean(text)
      text = text.to_s.dup.force_encoding(Encoding::UTF_8).scrub('�')
      text.gsub("#{FOLDER}/", '')
    end
  end
end
