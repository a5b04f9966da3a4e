<?php

function main(string $name, int $times = 1): array
{
    $greeting = "Hello $name";
    for ($count = 0; $count < $times; $count++) {
        echo $greeting, "\n";
    }
    return ["greeting" => $greeting, "times" => $times];
}
