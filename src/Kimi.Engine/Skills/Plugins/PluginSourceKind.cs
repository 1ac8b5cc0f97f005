namespace Kimi.Engine.Skills.Plugins;

/// <summary>Where a plugin is installed from.</summary>
internal enum PluginSourceKind
{
    Directory,
    ZipFile,
    ZipUrl,
    Git,
}
