namespace Kimi.Engine.Tools.Files;

/// <summary>What a file is read as.</summary>
internal enum FileKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>An image.</summary>
    Image,

    /// <summary>A film.</summary>
    Video,

    /// <summary>Anything else.</summary>
    Unknown,
}

/// <summary>A kind of file and its MIME type.</summary>
internal readonly record struct FileType(FileKind Kind, string Mime)
{
    public static readonly FileType Unknown = new(FileKind.Unknown, "");
    public static readonly FileType Text = new(FileKind.Text, "text/plain");

    public static FileType Image(string name) => new(FileKind.Image, "image/" + name);

    public static FileType Video(string name) => new(FileKind.Video, "video/" + name);

    /// <summary><c>image</c>, <c>video</c>, <c>text</c> or <c>unknown</c>.</summary>
    public string KindName => Kind switch { FileKind.Image => "image", FileKind.Video => "video", FileKind.Text => "text", _ => "unknown" };
}

/// <summary>Tells what a file is by its name and its first bytes.</summary>
internal static class FileTypes
{
    /// <summary>So many bytes are looked at.</summary>
    public const int HeaderSize = 512;

    /// <summary>The type of a file.</summary>
    public static FileType Detect(string name, ReadOnlySpan<byte> header)
    {
        string suffix = Suffix(name);
        FileType? hint = Hint(suffix);
        if (hint is { Kind: FileKind.Image or FileKind.Video } medium)
        {
            return medium;
        }

        if (Sniff(header) is FileType sniffed)
        {
            return hint is null ? sniffed : FileType.Unknown;
        }

        if (header.Contains((byte)0))
        {
            return FileType.Unknown;
        }

        return hint ?? (IsOther(suffix) ? FileType.Unknown : FileType.Text);
    }

    /// <summary>The type of a medium by its first bytes; null when they tell nothing.</summary>
    public static FileType? Sniff(ReadOnlySpan<byte> header)
    {
        if (StartsWith(header, 0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a))
        {
            return FileType.Image("png");
        }

        if (StartsWith(header, 0xff, 0xd8, 0xff))
        {
            return FileType.Image("jpeg");
        }

        if (header.StartsWith("GIF87a"u8) || header.StartsWith("GIF89a"u8))
        {
            return FileType.Image("gif");
        }

        if (header.StartsWith("BM"u8))
        {
            return FileType.Image("bmp");
        }

        if (header.StartsWith("II*\0"u8) || header.StartsWith("MM\0*"u8))
        {
            return FileType.Image("tiff");
        }

        if (StartsWith(header, 0, 0, 1, 0))
        {
            return FileType.Image("x-icon");
        }

        if (header.StartsWith("RIFF"u8) && header.Length >= 12)
        {
            return header[8..].StartsWith("WEBP"u8) ? FileType.Image("webp") : header[8..].StartsWith("AVI "u8) ? FileType.Video("x-msvideo") : null;
        }

        if (header.StartsWith("FLV"u8))
        {
            return FileType.Video("x-flv");
        }

        if (StartsWith(header, 0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c))
        {
            return FileType.Video("x-ms-wmv");
        }

        if (StartsWith(header, 0x1a, 0x45, 0xdf, 0xa3))
        {
            return header.IndexOf("webm"u8) >= 0 ? FileType.Video("webm") : header.IndexOf("matroska"u8) >= 0 ? FileType.Video("x-matroska") : null;
        }

        return header.Length >= 12 && header[4..].StartsWith("ftyp"u8) ? Brand(header.Slice(8, 4)) : null;
    }

    private static FileType? Brand(ReadOnlySpan<byte> brand) => System.Text.Encoding.Latin1.GetString(brand).ToLowerInvariant().Trim() switch
    {
        "avif" or "avis" => FileType.Image("avif"),
        "heic" or "hevc" => FileType.Image("heic"),
        "heif" or "heix" or "mif1" or "msf1" => FileType.Image("heif"),
        "isom" or "iso2" or "iso5" or "mp41" or "mp42" or "avc1" or "mp4v" => FileType.Video("mp4"),
        "m4v" => FileType.Video("x-m4v"),
        "qt" => FileType.Video("quicktime"),
        "3gp4" or "3gp5" or "3gp6" or "3gp7" => FileType.Video("3gpp"),
        "3g2" => FileType.Video("3gpp2"),
        _ => null,
    };

    private static FileType? Hint(string suffix) => suffix switch
    {
        "svg" => new FileType(FileKind.Text, "image/svg+xml"),
        "ts" or "tsx" or "mts" or "cts" => FileType.Text,
        "png" or "gif" or "bmp" or "tiff" or "webp" or "heic" or "heif" or "avif" => FileType.Image(suffix),
        "jpg" or "jpeg" or "jpe" => FileType.Image("jpeg"),
        "tif" => FileType.Image("tiff"),
        "ico" => FileType.Image("x-icon"),
        "svgz" => FileType.Image("svg+xml"),
        "ief" => FileType.Image("ief"),
        "ras" => FileType.Image("x-cmu-raster"),
        "pnm" => FileType.Image("x-portable-anymap"),
        "pbm" => FileType.Image("x-portable-bitmap"),
        "pgm" => FileType.Image("x-portable-graymap"),
        "ppm" => FileType.Image("x-portable-pixmap"),
        "rgb" => FileType.Image("x-rgb"),
        "xbm" => FileType.Image("x-xbitmap"),
        "xpm" => FileType.Image("x-xpixmap"),
        "xwd" => FileType.Image("x-xwindowdump"),
        "mp4" or "webm" => FileType.Video(suffix),
        "mkv" => FileType.Video("x-matroska"),
        "avi" => FileType.Video("x-msvideo"),
        "mov" or "qt" => FileType.Video("quicktime"),
        "wmv" => FileType.Video("x-ms-wmv"),
        "flv" => FileType.Video("x-flv"),
        "m4v" => FileType.Video("x-m4v"),
        "3gp" => FileType.Video("3gpp"),
        "3g2" => FileType.Video("3gpp2"),
        "mpg" or "mpeg" or "mpe" or "mpa" or "m1v" => FileType.Video("mpeg"),
        "movie" => FileType.Video("x-sgi-movie"),
        _ => null,
    };

    private static bool IsOther(string suffix) => suffix is
        "pdf" or "doc" or "docx" or "dot" or "dotx" or "rtf" or "odt" or "xls" or "xlsx" or "xlsm" or "xlt" or "xltx" or "ods" or "ppt" or "pptx" or "pps" or "ppsx" or "odp"
        or "zip" or "tar" or "gz" or "tgz" or "bz2" or "xz" or "zst" or "lz" or "lz4" or "br" or "7z" or "rar" or "cab" or "ar" or "deb" or "rpm"
        or "mp3" or "wav" or "flac" or "ogg" or "oga" or "opus" or "aac" or "m4a" or "wma" or "aiff" or "mid" or "midi"
        or "ttf" or "otf" or "woff" or "woff2" or "eot"
        or "exe" or "dll" or "so" or "dylib" or "bin" or "apk" or "ipa" or "jar" or "class" or "pyc" or "pyo" or "wasm" or "o" or "a" or "lib" or "obj" or "msi"
        or "dmg" or "iso" or "img" or "vhd" or "vmdk" or "qcow2"
        or "sqlite" or "sqlite3" or "db" or "db3" or "mdb"
        or "psd" or "ai" or "eps" or "icns";

    private static string Suffix(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot <= 0 || name.AsSpan(dot).IndexOfAny('/', '\\') >= 0 || name[dot - 1] is '/' or '\\' ? "" : name[(dot + 1)..].ToLowerInvariant();
    }

    private static bool StartsWith(ReadOnlySpan<byte> header, params ReadOnlySpan<byte> magic) => header.StartsWith(magic);
}
