using Kimi.Engine.Chat;

namespace Kimi.PowerShell.Hosting;

/// <summary>An image or a film as a part of a prompt.</summary>
internal static class MediaFile
{
    /// <summary>What goes inline must fit into a request.</summary>
    public const long MaxLength = 20 * 1024 * 1024;

    private static readonly Dictionary<string, string> s_types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".mp4"] = "video/mp4",
        [".mov"] = "video/quicktime",
        [".webm"] = "video/webm",
    };

    /// <summary>Whether a file can go inline.</summary>
    public static bool IsMedia(FileInfo file) => s_types.ContainsKey(file.Extension) && file.Exists && file.Length <= MaxLength;

    public static MediaPart Read(string path)
    {
        string type = s_types[Path.GetExtension(path)];
        string url = $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}";
        return type.StartsWith("image/", StringComparison.Ordinal) ? new ImageUrlPart(url) : new VideoUrlPart(url);
    }
}
