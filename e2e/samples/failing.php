<?php

function main(string $name)
{
    echo "about to fail\n";
    throw new DomainException("there is no $name");
}
