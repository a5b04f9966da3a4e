# frozen_string_literal: true

# Waits on descriptor 3 for its one job (`<bytes>\n` and that many bytes of JSON), calls `main`, answers with one frame. Called with the
# word `libraries`, it has what scripts ask for at hand before the job comes.

# Before anything is required: a gem of the script comes before the version that Ruby brings.
if (gems = ENV.delete('MILLRACE_GEMS'))
  Gem.use_paths(gems, [gems, *Gem.default_path])
  Dir["#{gems}/specifications/*.gemspec"].sort.each do |file|
    specification = Gem::Specification.load(file)
    specification&.activate
  rescue Gem::LoadError => e
    warn "the gem #{specification.name} cannot be used: #{e.message}"
  end
end

require 'json'
require 'set'
require_relative 'libraries'
Millrace::Libraries.load_all if ARGV.first == 'libraries'

require_relative 'arguments'
require_relative 'gemfile'
require_relative 'report'
require_relative 'result'

module Millrace
  # The working folder at the start; a sandbox that cannot mount has another place for it.
  FOLDER = Dir.pwd
  SCRIPT = "#{FOLDER}/main.rb"
  # F_DUPFD_CLOEXEC, for which Ruby has no name.
  DUPLICATE_FOR_EXEC = RUBY_PLATFORM.include?('darwin') ? 67 : 1030

  class << self
    def serve
      # Out of the script's way: it may use, close or garble descriptor 3. Children of the script do not get it.
      given = IO.for_fd(3)
      @channel = IO.for_fd(given.fcntl(DUPLICATE_FOR_EXEC, 500), 'r+b', autoclose: false)
      given.close
      job = receive or return
      ENV.update(job['env'])
      $stdout.sync = $stderr.sync = true
      $PROGRAM_NAME = 'main'
      ARGV.clear
      run(job)
    end

    private

    def receive
      size = @channel.gets("\n", 100)
      # Nobody has a job for us any more.
      return if size.nil?

      JSON.parse(@channel.read(size.to_i), max_nesting: false)
    end

    def run(job)
      load SCRIPT
      value = Arguments.call(job)
      answer('result', Result.encode(value))
    rescue SystemExit, SignalException
      raise
    rescue Exception => e # whatever the script raises is its outcome
      answer('error', Report.encode(e))
      exit 1
    end

    def answer(kind, body)
      @channel.write("#{kind} #{body.bytesize}\n".b, body.b)
      @channel.flush
    rescue SystemCallError, IOError
      warn 'the result could not be sent, because the script closed descriptor 3'
      exit! 1
    end
  end
end

Millrace.serve
