using System;
using System.Threading;

public class Script
{
    public static object Main()
    {
        Console.WriteLine("started");
        while (true)
        {
            Thread.Sleep(50);
        }
    }
}
