using System.Buffers.Binary;

namespace Kimi.Engine.Tools.Files;

/// <summary>Reads the size of an image from its headers.</summary>
internal static class ImageSize
{
    /// <summary>Width and height in pixels; null when the bytes do not tell.</summary>
    public static (int Width, int Height)? Of(ReadOnlySpan<byte> bytes)
    {
        try
        {
            (int Width, int Height)? size = FileTypes.Sniff(bytes) switch
            {
                { Mime: "image/png" } => (BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadInt32BigEndian(bytes[20..])),
                { Mime: "image/gif" } => (BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..])),
                { Mime: "image/bmp" } => (BinaryPrimitives.ReadInt32LittleEndian(bytes[18..]), Math.Abs(BinaryPrimitives.ReadInt32LittleEndian(bytes[22..]))),
                { Mime: "image/x-icon" } => (bytes[6] == 0 ? 256 : bytes[6], bytes[7] == 0 ? 256 : bytes[7]),
                { Mime: "image/jpeg" } => Jpeg(bytes),
                { Mime: "image/webp" } => Webp(bytes),
                { Mime: "image/tiff" } => Tiff(bytes),
                _ => null,
            };
            return size is { Width: > 0, Height: > 0 } ? size : null;
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
        catch (IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static (int, int)? Jpeg(ReadOnlySpan<byte> bytes)
    {
        for (int at = 2; at + 9 < bytes.Length;)
        {
            if (bytes[at] != 0xff)
            {
                return null;
            }

            int marker = bytes[at + 1];
            if (marker is 0xff)
            {
                at++;
                continue;
            }

            // Every start of a frame, but not the tables that lie among their numbers.
            if (marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc))
            {
                return (BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]));
            }

            at += marker is 0x01 or (>= 0xd0 and <= 0xd8) ? 2 : 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        }

        return null;
    }

    private static (int, int)? Webp(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> chunk = bytes[12..];
        if (chunk.StartsWith("VP8X"u8))
        {
            return (1 + (chunk[12] | (chunk[13] << 8) | (chunk[14] << 16)), 1 + (chunk[15] | (chunk[16] << 8) | (chunk[17] << 16)));
        }

        if (chunk.StartsWith("VP8L"u8))
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(chunk[9..]);
            return (1 + (int)(bits & 0x3fff), 1 + (int)((bits >> 14) & 0x3fff));
        }

        return chunk.StartsWith("VP8 "u8)
            ? (BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]) & 0x3fff, BinaryPrimitives.ReadUInt16LittleEndian(chunk[16..]) & 0x3fff)
            : null;
    }

    private static (int, int)? Tiff(ReadOnlySpan<byte> bytes)
    {
        bool big = bytes[0] == 'M';
        int at = (int)Number(bytes, 4, 4, big);
        int entries = (int)Number(bytes, at, 2, big);
        int width = 0;
        int height = 0;
        for (int i = 0; i < entries; i++)
        {
            int entry = at + 2 + (12 * i);
            int size = Number(bytes, entry + 2, 2, big) == 3 ? 2 : 4;
            switch (Number(bytes, entry, 2, big))
            {
                case 256:
                    width = (int)Number(bytes, entry + 8, size, big);
                    break;
                case 257:
                    height = (int)Number(bytes, entry + 8, size, big);
                    break;
            }
        }

        return (width, height);
    }

    private static uint Number(ReadOnlySpan<byte> bytes, int at, int size, bool big)
    {
        ReadOnlySpan<byte> part = bytes.Slice(at, size);
        return (size, big) switch
        {
            (2, true) => BinaryPrimitives.ReadUInt16BigEndian(part),
            (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(part),
            (_, true) => BinaryPrimitives.ReadUInt32BigEndian(part),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(part),
        };
    }
}
