<?php

function main(string $name)
{
    echo "about to fail\n";
    throw new TypeError("there is no $name");
}
