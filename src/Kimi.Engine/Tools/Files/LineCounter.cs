using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.Win32.SafeHandles;

namespace Kimi.Engine.Tools.Files;

/// <summary>Counts line ends: line feed, carriage return, or both together.</summary>
internal static class LineCounter
{
    private const int ChunkSize = 256 * 1024;
    private const long ParallelSize = 8L * 1024 * 1024;

    /// <summary>Number of line ends. A pair counts at its first half.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="afterReturn">Whether the byte before them is a carriage return.</param>
    public static int Count(ReadOnlySpan<byte> bytes, bool afterReturn)
    {
        if (bytes.IsEmpty)
        {
            return 0;
        }

        int count = afterReturn && bytes[0] == '\n' ? -1 : 0;
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        int at = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> feed = Vector256.Create((byte)'\n');
            Vector256<byte> carriage = Vector256.Create((byte)'\r');

            // The second look is one byte further on; so one byte must be left behind each block.
            for (int end = bytes.Length - Vector256<byte>.Count - 1; at <= end; at += Vector256<byte>.Count)
            {
                Vector256<byte> here = Vector256.LoadUnsafe(ref start, (nuint)at);
                count += BitOperations.PopCount(Vector256.Equals(here, feed).ExtractMostSignificantBits());
                uint returns = Vector256.Equals(here, carriage).ExtractMostSignificantBits();
                if (returns != 0)
                {
                    uint feeds = Vector256.Equals(Vector256.LoadUnsafe(ref start, (nuint)at + 1), feed).ExtractMostSignificantBits();
                    count += BitOperations.PopCount(returns & ~feeds);
                }
            }
        }

        for (; at < bytes.Length; at++)
        {
            byte b = Unsafe.Add(ref start, at);
            if (b == '\n' || (b == '\r' && (at + 1 == bytes.Length || Unsafe.Add(ref start, at + 1) != '\n')))
            {
                count++;
            }
        }

        // A carriage return at the very end was counted; a line feed behind it will be taken back by the next call.
        return count;
    }

    /// <summary>Number of line ends of a file from an offset to its end, with all processors when it is large.</summary>
    public static long Count(SafeFileHandle file, long offset, bool afterReturn, CancellationToken cancellationToken)
    {
        long length = RandomAccess.GetLength(file) - offset;
        int parts = length < ParallelSize ? 1 : Environment.ProcessorCount;
        if (parts <= 1)
        {
            return CountPart(file, offset, long.MaxValue, afterReturn, cancellationToken);
        }

        long[] counts = new long[parts];
        long size = length / parts;
        Parallel.For(0, parts, new ParallelOptions { CancellationToken = cancellationToken }, part =>
        {
            long start = offset + (part * size);
            bool after = part == 0 ? afterReturn : ByteAt(file, start - 1) == '\r';
            counts[part] = CountPart(file, start, part == parts - 1 ? long.MaxValue : start + size, after, cancellationToken);
        });
        return counts.Sum();
    }

    private static long CountPart(SafeFileHandle file, long start, long end, bool afterReturn, CancellationToken cancellationToken)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ChunkSize);
        long count = 0;
        while (start < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - start)), start);
            if (read == 0)
            {
                break;
            }

            count += Count(buffer.AsSpan(0, read), afterReturn);
            afterReturn = buffer[read - 1] == '\r';
            start += read;
        }

        return count;
    }

    private static int ByteAt(SafeFileHandle file, long offset)
    {
        Span<byte> one = stackalloc byte[1];
        return RandomAccess.Read(file, one, offset) == 1 ? one[0] : -1;
    }
}
