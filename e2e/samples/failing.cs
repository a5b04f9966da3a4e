using System;

public class Script
{
    public static object Main(string name)
    {
        Console.WriteLine("about to fail");
        throw new InvalidOperationException("there is no " + name);
    }
}
