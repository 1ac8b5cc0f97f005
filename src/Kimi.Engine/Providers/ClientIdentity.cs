using System.Runtime.InteropServices;
using System.Text;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers;

/// <summary>Who sends requests: the program, the client that drives it, the device. Only <c>kimi</c> providers tell all of it.</summary>
public sealed class ClientIdentity
{
    private readonly ShareDirectory? _share;
    private KeyValuePair<string, string>[]? _device;
    private volatile string _userAgent;
    private volatile bool _initialized;

    /// <summary>An identity.</summary>
    /// <param name="version">The version of the program.</param>
    /// <param name="share">Where the device's id is kept; null for an id of this process.</param>
    public ClientIdentity(string version, ShareDirectory? share)
    {
        Version = version;
        _share = share;
        _userAgent = "KimiCLI/" + version;
    }

    /// <summary>The version of the program.</summary>
    public string Version { get; }

    /// <summary>The user agent as it is now.</summary>
    public string UserAgent => _userAgent;

    /// <summary>Takes the name of a wire client. After any <c>initialize</c> the user agent is ours, whatever a configuration says.</summary>
    /// <param name="name">The client's name; null when it gave none.</param>
    /// <param name="version">Its version, if any.</param>
    public void Initialize(string? name, string? version)
    {
        if (name is not null)
        {
            string client = version is null ? name : $"{name} {version}";
            _userAgent = $"KimiCLI/{Version} ({Ascii(client)})";
        }

        _initialized = true;
    }

    /// <summary>Sets user agent, device headers and the configured headers, the last of a name winning.</summary>
    internal void Apply(HttpCall call, IReadOnlyDictionary<string, string>? configured)
    {
        call.Set("User-Agent", _userAgent);
        _device ??= DescribeDevice();
        foreach (KeyValuePair<string, string> header in _device)
        {
            call.Set(header.Key, header.Value);
        }

        call.Set(configured);
        if (_initialized)
        {
            call.Set("User-Agent", _userAgent);
        }
    }

    /// <summary>The text without anything a header cannot carry.</summary>
    internal static string Ascii(string text)
    {
        StringBuilder kept = new(text.Length);
        foreach (char c in text)
        {
            if (c is >= ' ' and <= '~')
            {
                kept.Append(c);
            }
        }

        string plain = kept.ToString().Trim();
        return plain.Length == 0 ? "unknown" : plain;
    }

    private KeyValuePair<string, string>[] DescribeDevice()
    {
        string machine = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x86_64",
            Architecture.Arm64 => OperatingSystem.IsLinux() ? "aarch64" : "arm64",
            var other => other.ToString(),
        };
        string system = OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "macOS" : "Linux";
        return
        [
            new("X-Msh-Platform", "kimi_cli"),
            new("X-Msh-Version", Version),
            new("X-Msh-Device-Name", Ascii(Environment.MachineName)),
            new("X-Msh-Device-Model", Ascii($"{system} {Environment.OSVersion.Version.ToString(3)} {machine}")),
            new("X-Msh-Os-Version", Ascii(RuntimeInformation.OSDescription)),
            new("X-Msh-Device-Id", Ascii(DeviceId())),
        ];
    }

    private string DeviceId()
    {
        string made = Guid.NewGuid().ToString("N");
        if (_share is null)
        {
            return made;
        }

        try
        {
            if (File.Exists(_share.DeviceIdFile) && File.ReadAllText(_share.DeviceIdFile).Trim() is { Length: > 0 } stored)
            {
                return stored;
            }

            _share.Create();
            FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using FileStream file = new(_share.DeviceIdFile, options);
            file.Write(Encoding.ASCII.GetBytes(made));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An id of this process serves as well.
        }

        return made;
    }
}
