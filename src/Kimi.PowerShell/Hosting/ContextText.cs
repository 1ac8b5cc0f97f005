using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// What was piped in, as text for the model: text as it is, files by their path, errors with their place, data as JSON,
/// any other object as the table a person would see.
/// </summary>
internal sealed class ContextText
{
    /// <summary>Beyond this a table, whose names stand there once, says as much in less room.</summary>
    private const int MaxJsonLength = 16 * 1024;

    private readonly StringBuilder _text = new();
    private readonly List<object?> _objects = [];
    private readonly List<string> _media = [];
    private ObjectKind _pending;

    private enum ObjectKind
    {
        None,
        Data,
        Other,
    }

    /// <summary>The most characters that are accepted: about what fits the largest context windows. More is refused, never cut.</summary>
    public const int MaxLength = 1_000_000;

    /// <summary>Objects are held until they can be rendered together; so many of them are refused.</summary>
    public const int MaxObjects = 100_000;

    public bool IsEmpty => _text.Length == 0 && _objects.Count == 0 && _media.Count == 0;

    /// <summary>The paths of piped image, sound and video files.</summary>
    public IReadOnlyList<string> Media => _media;

    /// <summary>Adds an object; false if the limit is passed.</summary>
    public bool TryAdd(PSCmdlet cmdlet, PSObject? item)
    {
        switch (item?.BaseObject)
        {
            case null:
                break;
            case string or char or bool or Enum or ValueType and (IFormattable):
                Flush(cmdlet);
                AppendLine(LanguagePrimitives.ConvertTo<string>(item.BaseObject)); // invariant, whatever the culture
                break;
            case ErrorRecord error:
                Flush(cmdlet);
                AppendLine(Describe(error));
                break;
            case FileInfo file:
                Flush(cmdlet);
                if (MediaFile.IsMedia(file)) { _media.Add(file.FullName); }
                AppendLine($"File: {file.FullName}");
                break;
            default:
                ObjectKind kind = IsData(item) ? ObjectKind.Data : ObjectKind.Other;
                if (kind != _pending) { Flush(cmdlet); }
                _pending = kind;
                _objects.Add(item);
                break;
        }

        return _text.Length <= MaxLength && _objects.Count <= MaxObjects;
    }

    /// <summary>The whole text; null if the limit is passed.</summary>
    public string? Finish(PSCmdlet cmdlet)
    {
        Flush(cmdlet);
        return _text.Length <= MaxLength ? _text.ToString().TrimEnd('\n') : null;
    }

    private static bool IsData(PSObject item) =>
        item.BaseObject is PSCustomObject or IDictionary || item.TypeNames.Any(n => n.StartsWith("Deserialized.", StringComparison.Ordinal));

    private static string Describe(ErrorRecord error)
    {
        StringBuilder text = new();
        text.Append("Error: ").Append(error.ToString()).Append('\n');
        text.Append("Id: ").Append(error.FullyQualifiedErrorId).Append(", category: ").Append(error.CategoryInfo.Category).Append('\n');
        if (error.InvocationInfo?.PositionMessage is { Length: > 0 } position) { text.Append(position).Append('\n'); }
        if (!string.IsNullOrEmpty(error.ScriptStackTrace)) { text.Append(error.ScriptStackTrace).Append('\n'); }
        return text.ToString().TrimEnd('\n');
    }

    private void AppendLine(string text)
    {
        // Stop adding beyond the limit: the caller is about to refuse the input.
        if (_text.Length <= MaxLength) { _text.Append(text).Append('\n'); }
    }

    private void Flush(PSCmdlet cmdlet)
    {
        if (_objects.Count == 0) { return; }
        object?[] items = [.. _objects];
        ObjectKind kind = _pending;
        _objects.Clear();
        _pending = ObjectKind.None;
        AppendLine(kind == ObjectKind.Data ? Data(cmdlet, items) : Run(cmdlet, "$input | Microsoft.PowerShell.Utility\\Out-String -Width 200", items));
    }

    // A table for people would cut long values; this one does not.
    private static string Data(PSCmdlet cmdlet, object?[] items)
    {
        string? json = items.Length <= 1000
            ? Run(cmdlet, "$input | Microsoft.PowerShell.Utility\\ConvertTo-Json -Depth 4 -Compress -WarningAction SilentlyContinue", items)
            : null;
        return json is { Length: <= MaxJsonLength } ? json
            : IsTable(items) ? Run(cmdlet, "$input | Microsoft.PowerShell.Utility\\ConvertTo-Csv -UseQuotes AsNeeded", items)
            : json ?? Run(
                cmdlet,
                "foreach ($__item in $input) { Microsoft.PowerShell.Utility\\ConvertTo-Json -InputObject $__item -Depth 4 -Compress -WarningAction SilentlyContinue }",
                items);
    }

    /// <summary>Whether the items have the same properties, each of one plain value.</summary>
    private static bool IsTable(object?[] items)
    {
        string[]? names = null;
        foreach (object? item in items)
        {
            if (item is not PSObject { BaseObject: not IDictionary } row) { return false; }
            PSPropertyInfo[] properties = [.. row.Properties];
            if (!Array.TrueForAll(properties, p => IsPlain(p.Value))) { return false; }
            string[] own = [.. properties.Select(p => p.Name)];
            if (names is not null && !own.AsSpan().SequenceEqual(names)) { return false; }
            names = own;
        }

        return true;
    }

    private static bool IsPlain(object? value) =>
        (value is PSObject wrapped ? wrapped.BaseObject : value) is null or string or bool or char or Enum or Uri or Version or (ValueType and IFormattable);

    private static string Run(PSCmdlet cmdlet, string script, object?[] items)
    {
        // The script is a constant of ours; command names carry their module, so that no alias or function gets between.
        Collection<PSObject> output = cmdlet.SessionState.InvokeCommand.InvokeScript(
            useLocalScope: true, ScriptBlock.Create(script), items);
        StringBuilder text = new();
        foreach (PSObject part in output) { text.Append(part).Append('\n'); }
        return PlainText.Strip(text.ToString()).Trim('\r', '\n');
    }
}
