using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Kimi.Engine.Text;

namespace Kimi.Engine.Configuration;

/// <summary>Loads the one configuration source: the default file, a file, or a text.</summary>
public static class ConfigurationLoader
{
    /// <summary>
    /// Loads the default file. Where it is missing, a <c>config.json</c> of old versions is migrated, else a file with all
    /// defaults is made.
    /// </summary>
    /// <param name="share">The share directory.</param>
    /// <param name="mayWrite">False to look only: nothing is made or migrated on disk.</param>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static LoadedConfiguration LoadDefault(ShareDirectory share, bool mayWrite = true)
    {
        string path = share.ConfigFile;
        return new LoadedConfiguration
        {
            Config = (File.Exists(path) ? null : MakeDefault(share, mayWrite)) ?? ReadFile(path),
            Origin = ConfigurationOrigin.Default,
            Path = path,
            IsDefaultFile = true,
        };
    }

    /// <summary>Loads a named file: JSON if it is called <c>.json</c>, else TOML.</summary>
    /// <exception cref="ConfigurationException">The file is missing or cannot be used.</exception>
    public static LoadedConfiguration LoadFile(string path, ShareDirectory share)
    {
        path = Path.GetFullPath(path);
        return new LoadedConfiguration
        {
            Config = ReadFile(path),
            Origin = ConfigurationOrigin.File,
            Path = path,
            IsDefaultFile = SameFile(path, share.ConfigFile),
        };
    }

    /// <summary>Loads a text: JSON if it is JSON, else TOML.</summary>
    /// <exception cref="ConfigurationException">The text is empty or cannot be used.</exception>
    public static LoadedConfiguration LoadText(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ConfigurationException("Configuration text cannot be empty");
        }

        ConfigNode document;
        try
        {
            document = ParseJson(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException json)
        {
            try
            {
                document = ConfigNode.FromToml(TomlParser.Parse(text));
            }
            catch (TomlException toml)
            {
                throw new ConfigurationException($"Invalid configuration text: {JsonFault.Describe(json)}; {toml.Message}", toml);
            }
        }

        return new LoadedConfiguration
        {
            Config = ConfigBinder.Bind(document, out string error) ?? throw new ConfigurationException($"Invalid configuration text: {error}"),
            Origin = ConfigurationOrigin.Text,
        };
    }

    /// <summary>The document of a file, before it is bound.</summary>
    /// <exception cref="ConfigurationException">The file is missing or is no such document.</exception>
    internal static ConfigNode ReadDocument(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            return IsJson(path) ? ParseJson(bytes) : ConfigNode.FromToml(TomlParser.Parse(bytes));
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"Invalid JSON in configuration file {path}: {JsonFault.Describe(e)}", e);
        }
        catch (TomlException e)
        {
            throw new ConfigurationException($"Invalid TOML in configuration file {path}: {e.Message}", e);
        }
    }

    private static KimiConfig ReadFile(string path) => ConfigBinder.Bind(ReadDocument(path), out string error)
        ?? throw new ConfigurationException($"Invalid configuration file {path}: {error}");

    /// <summary>The configuration where there is no file yet; null if another process has just made one.</summary>
    private static KimiConfig? MakeDefault(ShareDirectory share, bool mayWrite)
    {
        bool legacy = File.Exists(share.LegacyConfigFile);
        KimiConfig config = legacy ? ReadLegacy(share.LegacyConfigFile) : new KimiConfig();
        if (!mayWrite)
        {
            return config;
        }

        if (!ConfigurationWriter.Save(config, share.ConfigFile, overwrite: false))
        {
            return null;
        }

        if (legacy)
        {
            Retire(share);
        }

        return config;
    }

    private static KimiConfig ReadLegacy(string path)
    {
        try
        {
            return ConfigBinder.Bind(ParseJson(ReadBytes(path)), out string error)
                ?? throw new ConfigurationException($"Invalid legacy configuration file: {error}");
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"Invalid JSON in legacy configuration file: {JsonFault.Describe(e)}", e);
        }
    }

    private static void Retire(ShareDirectory share)
    {
        try
        {
            File.Move(share.LegacyConfigFile, share.LegacyConfigBackup, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Cannot rename legacy configuration file {share.LegacyConfigFile}: {e.Message}", e);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"Configuration file not found: {path}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Cannot read configuration file {path}: {e.Message}", e);
        }
    }

    private static ConfigNode ParseJson(byte[] utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new JsonException("The text is not valid UTF-8.");
        }

        ReadOnlyMemory<byte> json = utf8;
        if (utf8.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            json = json[3..];
        }

        using var document = JsonDocument.Parse(json);
        return ConfigNode.FromJson(document.RootElement);
    }

    private static bool IsJson(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static bool SameFile(string path, string other)
    {
        StringComparison comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return path.Equals(other, comparison) || Resolve(path).Equals(Resolve(other), comparison);
    }

    private static string Resolve(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
