using System;

class Script
{
    public static string Main(string name)
    {
        return "hello " + name;
    }
}
