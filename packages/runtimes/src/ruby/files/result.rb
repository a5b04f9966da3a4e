# frozen_string_literal: true

module Millrace
  # The value of `main` as JSON: nothing is written that would come back as something else.
  module Result
    DEPTH_MAX = 2048

    class NoJson < TypeError
      def self.name = 'TypeError'
    end

    def self.encode(value)
      JSON.generate(plain(value), max_nesting: false)
    rescue SystemStackError
      raise NoJson, 'main returned a value that is no JSON: it is nested too deep, or contains itself'
    end

    def self.plain(value, depth = 0)
      refuse('it is nested too deep, or contains itself') if depth > DEPTH_MAX
      case value
      when nil, true, false, Integer then value
      when Float then value.finite? ? value : refuse("#{value} is no number of JSON")
      when String then text(value)
      when Symbol then text(value.to_s)
      when Array, Set then value.map { |item| plain(item, depth + 1) }
      when Hash then value.to_h { |key, item| [text(key.to_s), plain(item, depth + 1)] }
      else convert(value, depth)
      end
    end

    # Times, dates and amounts as texts, everything else as what it says it is.
    def self.convert(value, depth)
      case value
      when Time then time(value)
      when of('DateTime') then value.iso8601(3)
      when of('Date') then value.iso8601
      when of('BigDecimal') then value.finite? ? value.to_s('F') : refuse("#{value} is no number of JSON")
      when Rational then value.to_f
      when of('URI::Generic'), of('Pathname'), Range then value.to_s
      when Enumerator, Enumerator::Lazy then value.map { |item| plain(item, depth + 1) }.to_a
      else
        return plain(value.to_h, depth + 1) if value.respond_to?(:to_h)
        return plain(value.as_json, depth + 1) if value.respond_to?(:as_json)

        refuse("an object of the class #{value.class} has no method to_h")
      end
    end

    # Values of a class that is of no library so far: there are none.
    def self.of(name)
      ->(value) { Object.const_defined?(name) && value.is_a?(Object.const_get(name)) }
    end

    def self.time(value)
      require 'time'
      value.iso8601(value.subsec.zero? ? 0 : 3)
    end

    def self.text(value)
      utf8 = value.encoding == Encoding::ASCII_8BIT ? value.dup.force_encoding(Encoding::UTF_8) : value.encode(Encoding::UTF_8)
      return utf8 if utf8.valid_encoding?

      refuse('it has bytes that are no UTF-8; encode them with Base64')
    rescue EncodingError => e
      refuse(e.message)
    end

    def self.refuse(reason)
      raise NoJson, "main returned a value that is no JSON: #{reason}"
    end
  end
end
