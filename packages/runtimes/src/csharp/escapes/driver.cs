using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>
/// Carries out attempts to get out of the box, by the calls of the system itself wherever .NET has manners of its own.
/// A line of the plan is an attempt: its name, its kind, and the words of that.
/// </summary>
public static class Script
{
    private const string Separator = "\x1f";
    private const int WriteOnly = 1, ReadOnly = 0, Create = 0x40, Exclusive = 0x80, NoTerminal = 0x100, NoWait = 0x800;
    private const int WaitMs = 300;
    /// <summary>EPERM, EACCES, ENOSYS, EAFNOSUPPORT.</summary>
    private static readonly int[] Refusals = { 1, 13, 38, 97 };

    private const string C = "libc.so.6";

    [DllImport(C, SetLastError = true)] private static extern int open(string path, int flags, int mode);
    [DllImport(C, SetLastError = true)] private static extern int close(int descriptor);
    [DllImport(C, SetLastError = true)] private static extern IntPtr read(int descriptor, byte[] bytes, IntPtr count);
    [DllImport(C, SetLastError = true)] private static extern IntPtr pread(int descriptor, byte[] bytes, IntPtr count, IntPtr offset);
    [DllImport(C, SetLastError = true)] private static extern int unlink(string path);
    [DllImport(C, SetLastError = true)] private static extern int symlink(string target, string path);
    [DllImport(C, SetLastError = true)] private static extern int link(string from, string path);
    [DllImport(C, SetLastError = true)] private static extern IntPtr readlink(string path, byte[] bytes, IntPtr count);
    [DllImport(C, SetLastError = true)] private static extern int statx(int folder, string path, int flags, uint mask, byte[] found);
    [DllImport(C, SetLastError = true)] private static extern int kill(int process, int signal);
    [DllImport(C, SetLastError = true)] private static extern int socket(int family, int type, int protocol);
    [DllImport(C, SetLastError = true)] private static extern int connect(int descriptor, byte[] address, int length);
    [DllImport(C, SetLastError = true)] private static extern long syscall(long number, long a, long b, long c, long d, long e, long f);

    public static void Main(string plan)
    {
        foreach (var line in plan.Split('\n'))
        {
            var words = line.Split(Separator[0]);
            Console.WriteLine($"~escape{Separator}{words[0]}{Separator}{Attempt(words[1], words.Skip(2).ToArray())}");
        }
    }

    private static string Attempt(string kind, string[] words)
    {
        try
        {
            return (Try(kind, words) ? "achieved" : "refused") + Separator;
        }
        catch (Exception thrown)
        {
            return "refused" + Separator + thrown.Message.Replace('\n', ' ');
        }
    }

    private static bool Try(string kind, string[] words)
    {
        switch (kind)
        {
            case "read": return Reads(words[0], words[1]);
            case "list": return Lists(words[0], words[1]);
            case "open": return Close(open(words[0], WriteOnly | NoWait | NoTerminal, 0));
            case "create": return Close(open(words[0] + "/.millrace-escape", WriteOnly | Create | Exclusive, 384)) && unlink(words[0] + "/.millrace-escape") == 0;
            case "trace": return Traces(words[0] + "/.millrace-trace", words[1]);
            case "symlink":
                unlink("way-out");
                return symlink(words[0], "way-out") == 0 && Reads("way-out", words[1]);
            case "hardlink": return link(words[0], "way-out-too") == 0 && unlink("way-out-too") == 0;
            case "tcp": return ReachesPort(words[0], int.Parse(words[1]));
            case "unix": return ReachesSocket(words[0] + "\0");
            case "abstract": return ReachesSocket("\0" + words[0]);
            case "env": return Environment.GetEnvironmentVariables().Values.Cast<string>().Any(text => text.Contains(words[0])) || Reads("/proc/self/environ", words[0]);
            case "scan": return Directory.GetDirectories("/proc").Any(folder => char.IsDigit(folder["/proc/".Length]) && Reads(folder + "/" + words[0], words[1]));
            case "memory": return ReadsMemory(words[0], words[1]);
            case "signal": return kill(int.Parse(words[0]), 0) == 0;
            case "call": return syscall(long.Parse(words[0]), -1, -1, -1, -1, -1, -1) >= 0 || !Refusals.Contains(Marshal.GetLastWin32Error());
            case "socket": return Close(socket(int.Parse(words[0]), int.Parse(words[1]), int.Parse(words[2])));
            case "run": return Runs(words[1]).Contains(words[0]);
            case "descriptors": return Directory.GetFileSystemEntries("/proc/self/fd").Any(IsForeign);
            case "leave":
                Runs($"setsid sleep {words[0]} </dev/null >/dev/null 2>&1 &");
                return false;
            default: throw new ArgumentException("no such kind: " + kind);
        }
    }

    private static bool Close(int descriptor)
    {
        if (descriptor < 0) return false;
        close(descriptor);
        return true;
    }

    /// <summary>A pipe of somebody would give its bytes to us.</summary>
    private static bool Reads(string path, string needle)
    {
        if (TypeOf(path) != 8) return false;
        var descriptor = open(path, ReadOnly | NoWait | NoTerminal, 0);
        if (descriptor < 0) return false;
        var bytes = new byte[65536];
        var size = (int)read(descriptor, bytes, (IntPtr)bytes.Length);
        close(descriptor);
        return needle == "" ? size > 0 : size > 0 && Holds(bytes, size, needle);
    }

    private static bool Lists(string folder, string needle)
    {
        var names = Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).ToArray();
        return needle == "" ? names.Length > 0 : names.Contains(needle);
    }

    private static bool Traces(string path, string round)
    {
        if (TypeOf(path) != 0) {
            unlink(path);
            return true;
        }
        if (round == "1") Close(open(path, WriteOnly | Create, 384));
        return false;
    }

    private static bool ReachesPort(string host, int port)
    {
        var address = IPAddress.Parse(host);
        using (var caller = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp))
        {
            var call = caller.BeginConnect(address, port, null, null);
            if (!call.AsyncWaitHandle.WaitOne(WaitMs)) return false;
            caller.EndConnect(call);
            return true;
        }
    }

    /// <summary>A family and a path.</summary>
    private static bool ReachesSocket(string path)
    {
        var descriptor = socket(1, 1, 0);
        if (descriptor < 0) return false;
        var address = new byte[] { 1, 0 }.Concat(Encoding.UTF8.GetBytes(path)).ToArray();
        var answer = connect(descriptor, address, address.Length);
        close(descriptor);
        return answer == 0;
    }

    private static bool ReadsMemory(string process, string needle)
    {
        var stack = File.ReadAllLines($"/proc/{process}/maps").FirstOrDefault(line => line.EndsWith("[stack]"));
        if (stack == null) return false;
        var range = stack.Split(' ')[0].Split('-').Select(hex => Convert.ToInt64(hex, 16)).ToArray();
        var bytes = new byte[range[1] - range[0]];
        var descriptor = open($"/proc/{process}/mem", ReadOnly, 0);
        if (descriptor < 0) return false;
        var size = (int)pread(descriptor, bytes, (IntPtr)bytes.Length, (IntPtr)range[0]);
        close(descriptor);
        return size > 0 && Holds(bytes, size, needle);
    }

    private static string Runs(string command)
    {
        var start = new ProcessStartInfo("/usr/bin/timeout", "5 /bin/sh -c 'eval \"$COMMAND\"'")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.EnvironmentVariables["COMMAND"] = command;
        using (var process = Process.Start(start))
        {
            process.ErrorDataReceived += (sender, line) => { };
            process.BeginErrorReadLine();
            process.StandardInput.Close();
            var words = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return words;
        }
    }

    /// <summary>A folder or a file of none of the job's places.</summary>
    private static bool IsForeign(string path)
    {
        var bytes = new byte[4096];
        var size = (int)readlink(path, bytes, (IntPtr)bytes.Length);
        if (size <= 0) return false;
        var target = Encoding.UTF8.GetString(bytes, 0, size);
        var isKnown = target == "/job" || new[] { "/job/", "/proc/", "/dev/", "/usr/", "/lib", "/toolchain/", "/runtime/" }.Any(target.StartsWith);
        return new[] { 4, 6, 8 }.Contains(TypeOf(path)) && !isKnown;
    }

    /// <summary>4: a folder · 6: a disk · 8: a file · 0: nothing that can be seen.</summary>
    private static int TypeOf(string path)
    {
        var found = new byte[256];
        return statx(-100, path, 0, 1, found) == 0 ? BitConverter.ToUInt16(found, 28) >> 12 : 0;
    }

    private static bool Holds(byte[] bytes, int size, string needle)
    {
        return Encoding.GetEncoding(28591).GetString(bytes, 0, size).Contains(needle);
    }
}
