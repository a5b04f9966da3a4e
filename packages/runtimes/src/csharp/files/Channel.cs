using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Millrace
{
    /// <summary>A socket by the number of its descriptor, which streams of the class library do not take.</summary>
    internal sealed class Channel
    {
        private const int SetDescriptorFlags = 2;
        private const int CloseOnExec = 1;
        private const int Interrupted = 4;
        private readonly int descriptor;

        public Channel(int descriptor)
        {
            this.descriptor = descriptor;
            fcntl(descriptor, SetDescriptorFlags, (IntPtr)CloseOnExec);
        }

        public string Receive()
        {
            var size = 0;
            var next = new byte[1];
            for (Fill(next, 1); next[0] != '\n'; Fill(next, 1)) size = size * 10 + next[0] - '0';
            var body = new byte[size];
            Fill(body, size);
            return Encoding.UTF8.GetString(body);
        }

        /// <summary>False when the descriptor is gone.</summary>
        public bool Send(string kind, byte[] body)
        {
            var header = Encoding.ASCII.GetBytes(kind + " " + body.Length + "\n");
            return Write(header) && Write(body);
        }

        private unsafe void Fill(byte[] target, int size)
        {
            fixed (byte* start = target)
            {
                for (var filled = 0; filled < size;)
                {
                    var count = (long)read(descriptor, start + filled, (UIntPtr)(size - filled));
                    if (count < 0 && Marshal.GetLastWin32Error() == Interrupted) continue;
                    // Nobody has a job for us any more.
                    if (count <= 0) Environment.Exit(0);
                    filled += (int)count;
                }
            }
        }

        private unsafe bool Write(byte[] source)
        {
            fixed (byte* start = source)
            {
                for (var written = 0; written < source.Length;)
                {
                    var count = (long)write(descriptor, start + written, (UIntPtr)(source.Length - written));
                    if (count < 0 && Marshal.GetLastWin32Error() == Interrupted) continue;
                    if (count < 0) return false;
                    written += (int)count;
                }
            }
            return true;
        }

        [DllImport("libc", SetLastError = true)]
        private static extern unsafe IntPtr read(int descriptor, byte* target, UIntPtr size);

        [DllImport("libc", SetLastError = true)]
        private static extern unsafe IntPtr write(int descriptor, byte* source, UIntPtr size);

        [DllImport("libc", SetLastError = true)]
        private static extern int fcntl(int descriptor, int command, IntPtr argument);
    }
}
