using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Threading.Tasks;

namespace Millrace
{
    /// <summary>
    /// Waits on its descriptor for its one job ("bytes", a line feed, that many bytes of JSON), calls Main, answers with one frame.
    /// </summary>
    public static class Wrapper
    {
        private static Channel channel;

        public static int Main(string[] args)
        {
            Console.OutputEncoding = new UTF8Encoding(false);
            channel = new Channel(int.Parse(args[0]));
            Warm();
            var job = (IDictionary<string, object>)Json.Parse(channel.Receive());
            try
            {
                SetEnvironment(job);
                Answer("result", Json.Write(Run(job, "program")));
            }
            catch (Exception thrown)
            {
                Answer("error", Describe(thrown));
            }
            Console.Out.Flush();
            Console.Error.Flush();
            if (!HasListeners()) channel.Send("over", new byte[0]);
            // Threads that the script left behind do not keep us.
            Environment.Exit(0);
            return 0;
        }

        private static void SetEnvironment(IDictionary<string, object> job)
        {
            foreach (var variable in (IDictionary<string, object>)job["env"])
                Environment.SetEnvironmentVariable(variable.Key, (string)variable.Value);
        }

        private static object Run(IDictionary<string, object> job, string program)
        {
            var names = ((IEnumerable<object>)job["names"]).Cast<string>().ToArray();
            var main = FindMain(LoadProgram(program), names);
            var value = main.Invoke(null, Arguments.Choose(main, (IDictionary<string, object>)job["args"]));
            var task = value as Task;
            if (task == null) return value;
            task.GetAwaiter().GetResult();
            var result = task.GetType().GetProperty("Result");
            // A task without a value has one that nobody may name.
            return result == null || result.PropertyType.Name == "VoidTaskResult" ? null : result.GetValue(task);
        }

        /// <summary>The build wrote the size of the assembly, a line feed, the assembly, and where its lines are.</summary>
        private static Assembly LoadProgram(string path)
        {
            var whole = File.ReadAllBytes(path);
            var end = Array.IndexOf(whole, (byte)'\n');
            var size = int.Parse(Encoding.ASCII.GetString(whole, 0, end));
            return Assembly.Load(
                whole.Skip(end + 1).Take(size).ToArray(),
                whole.Skip(end + 1 + size).ToArray());
        }

        private static MethodInfo FindMain(Assembly program, string[] names)
        {
            var flags = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            var mains = program.GetTypes()
                .SelectMany(type => type.GetMethods(flags))
                .Where(method => method.Name == "Main" && !method.ContainsGenericParameters)
                .Where(method => method.GetParameters().Select(parameter => parameter.Name).SequenceEqual(names))
                .OrderBy(method => method.IsPublic ? 0 : 1);
            var found = mains.FirstOrDefault();
            if (found == null) throw new Failure("ExecutionErr", "the script has no class with a static method Main");
            return found;
        }

        /// <summary>
        /// What a first job would compile and nobody should wait for: a job of our own, whose program lies beside this one.
        /// </summary>
        private static void Warm()
        {
            var job = (IDictionary<string, object>)Json.Parse(
                "{\"names\":[\"a\",\"c\",\"b\"],\"args\":{\"a\":\"x\",\"b\":1,\"c\":[1.5,true,null]},\"env\":{\"WARM\":\"\"}}");
            var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
            Json.Write(Run(job, Path.Combine(folder, "program")));
            SetEnvironment(job);
            Encoding.UTF8.GetBytes(HasListeners() ? "" : "over");
            Describe(new Failure("a", "b"));
        }

        /// <summary>Whether something is to run at the end, or may be.</summary>
        private static bool HasListeners()
        {
            var field = typeof(AppDomain).GetField("ProcessExit", BindingFlags.Instance | BindingFlags.NonPublic);
            return field == null || field.GetValue(AppDomain.CurrentDomain) != null;
        }

        private static void Answer(string kind, string text)
        {
            if (channel.Send(kind, Encoding.UTF8.GetBytes(text))) return;
            Console.Error.WriteLine("the result could not be sent, because the script closed descriptor 3");
            Environment.Exit(1);
        }

        private static string Describe(Exception thrown)
        {
            var error = thrown;
            while (error.InnerException != null && (error is TargetInvocationException || error is AggregateException))
                error = error.InnerException;
            var failure = error as Failure;
            return Json.Write(new Dictionary<string, object>
            {
                { "name", failure != null ? failure.Name : error.GetType().Name },
                { "message", error.Message },
                { "stack", StackOf(error) },
            });
        }

        /// <summary>The lines of the script alone, then the causes.</summary>
        private static string StackOf(Exception thrown)
        {
            var lines = new List<string>();
            for (var error = thrown; error != null; error = error.InnerException)
            {
                if (error != thrown) lines.Add("caused by " + error.GetType().FullName + ": " + error.Message);
                foreach (var line in (error.StackTrace ?? "").Split('\n'))
                {
                    var at = line.IndexOf(" in ", StringComparison.Ordinal);
                    var file = line.LastIndexOf("main.cs:", StringComparison.Ordinal);
                    if (at < 0 || file < at) continue;
                    var call = line.Substring(0, at);
                    var offset = call.LastIndexOf(" [0x", StringComparison.Ordinal);
                    lines.Add((offset < 0 ? call : call.Substring(0, offset)).Trim() + " in " + line.Substring(file).Trim());
                }
            }
            return string.Join("\n", lines);
        }
    }

    /// <summary>What is wrong with a call, told by its name.</summary>
    public sealed class Failure : Exception
    {
        public readonly string Name;

        public Failure(string name, string message) : base(message)
        {
            Name = name;
        }
    }
}
