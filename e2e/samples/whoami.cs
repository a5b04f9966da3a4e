using System;
using System.Net;

public class Script
{
    public static object Main()
    {
        var token = Environment.GetEnvironmentVariable("WM_TOKEN");
        var address = Environment.GetEnvironmentVariable("BASE_INTERNAL_URL") + "/api/users/whoami";
        var request = (HttpWebRequest)WebRequest.Create(address);
        request.Headers["Authorization"] = "Bearer " + token;
        using (var response = (HttpWebResponse)request.GetResponse())
        {
            return new
            {
                token,
                status = (int)response.StatusCode,
                job = Environment.GetEnvironmentVariable("WM_JOB_ID"),
                workspace = Environment.GetEnvironmentVariable("WM_WORKSPACE"),
            };
        }
    }
}
