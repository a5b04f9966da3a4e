# frozen_string_literal: true

# The gems of `gemfile do … end` are there already: the block only says what to require.
module Millrace
  class Gemfile < BasicObject
    def initialize
      @gems = []
    end

    attr_reader :gems

    def gem(name, *, **options)
      required = options.fetch(:require, nil)
      return if required == false

      @gems << [name, required.is_a?(::Array) ? required : [required]]
    end

    # Groups and sources hold further gems; everything else was the business of the one who installed.
    def method_missing(_name, *, **)
      yield if ::Kernel.block_given?
    end

    def respond_to_missing?(*) = true
  end
end

module Kernel
  private

  def gemfile(_install = false, **, &block)
    listed = Millrace::Gemfile.new
    listed.instance_eval(&block)
    listed.gems.each do |name, files|
      files.each { |file| require_gem(name, file.is_a?(String) ? file : nil) }
    end
  end

  # As Bundler does it: the gem's name, or for `a-b` the file `a/b`.
  def require_gem(name, file)
    require(file || name)
  rescue LoadError => e
    raise if file || e.path != name

    begin
      require name.tr('-', '/')
    rescue LoadError => other
      raise if other.path != name.tr('-', '/')
      raise e unless Gem.loaded_specs.key?(name)
    end
  end
end

# Scripts ask for the one or the other to have `gemfile`.
$LOADED_FEATURES.push('bundler/inline.rb', 'windmill/inline.rb')
