namespace Kimi.Cli.Options;

/// <summary>What an option takes.</summary>
internal enum OptionKind
{
    /// <summary>Nothing.</summary>
    Flag,

    /// <summary>Nothing; answered before everything else.</summary>
    Eager,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A text, or nothing.</summary>
    OptionalText,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>An existing file.</summary>
    File,

    /// <summary>An existing directory.</summary>
    Directory,

    /// <summary>An existing directory that can be read and written.</summary>
    WritableDirectory,
}
