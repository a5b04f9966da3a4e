using System;

public class Script
{
    public static object Main(string name)
    {
        var greeting = "Hello " + name;
        Console.WriteLine(greeting);
        return new { greeting };
    }
}
