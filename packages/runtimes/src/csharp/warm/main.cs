using System.Collections.Generic;

/// <summary>A script like many: it runs before the first job does.</summary>
public class Script
{
    public static object Main(string a, List<object> c, int b = 1)
    {
        return new { a = a + b, c };
    }
}
