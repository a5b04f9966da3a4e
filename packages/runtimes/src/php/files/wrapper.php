<?php
// Waits on descriptor 3 for its one job (`<bytes>\n` and that many bytes of JSON), calls `main`, answers with one frame.
namespace Millrace\Wrapper;

require __DIR__ . '/arguments.php';
require __DIR__ . '/report.php';

/** The working folder at the start; a sandbox that cannot mount has another place for it. */
define(__NAMESPACE__ . '\\FOLDER', getcwd());
define(__NAMESPACE__ . '\\SCRIPT', FOLDER . '/main.php');
/** Where the packages of the script are, if it has any; nobody else needs to know. */
define(__NAMESPACE__ . '\\PACKAGES', (string) getenv('MILLRACE_PACKAGES'));
putenv('MILLRACE_PACKAGES');
unset($_ENV['MILLRACE_PACKAGES'], $_SERVER['MILLRACE_PACKAGES']);
const DEPTH_MAX = 2048;
const ENCODING = JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION;

final class Job
{
    private static int $channel = 3;
    private static bool $isAnswered = false;
    private static \stdClass $args;

    public static function receive(): void
    {
        self::$channel = self::moveChannel();
        $stream = fopen('php://fd/' . self::$channel, 'rb');
        $size = $stream ? fgets($stream, 100) : false;
        // Nobody has a job for us any more.
        if ($size === false) {
            exit(0);
        }
        $input = json_decode(stream_get_contents($stream, (int) $size), false, DEPTH_MAX, JSON_THROW_ON_ERROR);
        fclose($stream);
        foreach ($input->env as $name => $value) {
            putenv("$name=$value");
            $_ENV[$name] = $_SERVER[$name] = $value;
        }
        $_SERVER['argv'] = $GLOBALS['argv'] = [SCRIPT];
        $_SERVER['SCRIPT_FILENAME'] = SCRIPT;
        self::$args = $input->args;
        register_shutdown_function([self::class, 'reportFatal']);
    }

    /** The result of `main` as JSON. */
    public static function run(): string
    {
        $main = self::findMain();
        // Called by the engine and not from here, `main` gets numbers in texts as the numbers that its types ask for.
        $value = $main->invokeArgs(chooseArguments($main, self::$args));
        return self::encode($value instanceof \Generator ? iterator_to_array($value, false) : $value);
    }

    public static function answer(string $kind, string $body): void
    {
        self::$isAnswered = true;
        // A handler of the script that throws would be in the way.
        set_error_handler(null);
        $frame = "$kind " . strlen($body) . "\n$body";
        $stream = @fopen('php://fd/' . self::$channel, 'wb');
        if ($stream && @fwrite($stream, $frame) === strlen($frame)) {
            return;
        }
        file_put_contents('php://stderr', "the result could not be sent, because the script closed descriptor 3\n");
        exit(1);
    }

    /** Errors that end the process and cannot be caught: memory, classes that do not fit, `trigger_error`. */
    public static function reportFatal(): void
    {
        $error = error_get_last();
        $fatal = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
        if (!self::$isAnswered && $error && ($error['type'] & $fatal)) {
            self::answer('error', describeFatal($error));
        }
    }

    private static function findMain(): \ReflectionFunction
    {
        foreach (get_defined_functions()['user'] as $name) {
            $function = new \ReflectionFunction($name);
            if (strtolower($function->getShortName()) === 'main' && $function->getFileName() === SCRIPT) {
                return $function;
            }
        }
        $hasTag = str_contains((string) file_get_contents(SCRIPT), '<?php');
        throw new \Error('the script has no function main' . ($hasTag ? '' : ': it has to begin with <?php'));
    }

    private static function encode(mixed $value): string
    {
        try {
            return json_encode($value, ENCODING, DEPTH_MAX);
        } catch (\JsonException $error) {
            throw new \UnexpectedValueException("main returned a value that is no JSON: {$error->getMessage()}");
        }
    }

    /** Out of the way of the script and closed for its children, which only a call of the system's library can do. */
    private static function moveChannel(): int
    {
        if (!class_exists('FFI')) {
            return 3;
        }
        try {
            $system = \FFI::cdef('int fcntl(int fd, int command, ...); int close(int fd);');
            $duplicateForExec = PHP_OS_FAMILY === 'Darwin' ? 67 : 1030;
            $moved = $system->fcntl(3, $duplicateForExec, 500);
            if ($moved < 0) {
                return 3;
            }
            $system->close(3);
            return $moved;
        } catch (\FFI\Exception) {
            return 3;
        }
    }
}

Job::receive();
try {
    // After the job is there: what packages do when they are loaded may need its environment.
    if (is_file(PACKAGES . '/autoload.php')) {
        require PACKAGES . '/autoload.php';
    }
    // At this level the variables of the script are global, as they are when it runs alone.
    require SCRIPT;
    Job::answer('result', Job::run());
} catch (\Throwable $thrown) {
    Job::answer('error', describe($thrown));
    exit(1);
}
