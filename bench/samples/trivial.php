<?php

function main(string $name) {
    return "hello $name";
}
