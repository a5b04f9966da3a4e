<?php

function main()
{
    echo "started\n";
    while (true) {
        usleep(50000);
    }
}
