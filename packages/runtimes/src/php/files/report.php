<?php
// What went wrong, in terms of the script.
namespace Millrace\Wrapper;

function describe(\Throwable $thrown): string
{
    $place = placeOf($thrown->getFile(), $thrown->getLine());
    $suffix = $thrown instanceof \CompileError && $place !== null ? " ($place)" : '';
    return encodeError(nameOf($thrown), $thrown->getMessage() . $suffix, stackOf($thrown));
}

/** @param array{message: string, file: string, line: int} $error as `error_get_last` gives it */
function describeFatal(array $error): string
{
    $place = placeOf($error['file'], $error['line']);
    // The engine puts a trace behind the message of what nobody caught.
    [$message] = explode("\nStack trace:", str_replace(FOLDER . '/', '', $error['message']));
    return encodeError('FatalError', $message . ($place === null ? '' : " ($place)"), $place ?? '');
}

function encodeError(string $name, string $message, string $stack): string
{
    $error = ['name' => $name, 'message' => $message, 'stack' => $stack];
    return json_encode($error, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
}

/** Where it was thrown and the calls that led there, with those of the script's own files only; then its causes. */
function stackOf(\Throwable $thrown): string
{
    $lines = [];
    for ($error = $thrown; $error !== null; $error = $error->getPrevious()) {
        if ($error !== $thrown) {
            $lines[] = 'caused by ' . nameOf($error) . ": {$error->getMessage()}";
        }
        $place = placeOf($error->getFile(), $error->getLine());
        if ($place !== null) {
            $lines[] = "thrown at $place";
        }
        foreach ($error->getTrace() as $call) {
            $place = placeOf($call['file'] ?? '', $call['line'] ?? 0);
            if ($place !== null) {
                $lines[] = "called at $place: " . ($call['class'] ?? '') . ($call['type'] ?? '') . "{$call['function']}()";
            }
        }
    }
    return implode("\n", $lines);
}

/** `main.php:3`; null for what is no file of the script. */
function placeOf(string $file, int $line): ?string
{
    return str_starts_with($file, FOLDER . '/') ? substr($file, strlen(FOLDER) + 1) . ":$line" : null;
}

/** A class without a name has its file and line in its name, behind a NUL. */
function nameOf(\Throwable $thrown): string
{
    return explode("\0", $thrown::class)[0];
}
