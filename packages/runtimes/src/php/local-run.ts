import type { LocalRun } from '../runtime.ts'

const RUN = `<?php
// Runs main.php with the arguments of args.json and prints its result.

require __DIR__ . '/main.php';

$args = json_decode(file_get_contents(__DIR__ . '/args.json'), true, 512, JSON_THROW_ON_ERROR);
$parameters = json_decode(file_get_contents(__DIR__ . '/parameters.json'), true, 512, JSON_THROW_ON_ERROR);
$result = main(...array_intersect_key($args, array_flip($parameters)));
echo json_encode($result, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR), "\\n";
`

/** A script in PHP, run by the interpreter of the path. */
export const localRun: LocalRun = { script: 'main.php', files: { 'run.php': RUN }, argv: ['php', 'run.php'] }
