using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Net;
using System.Security;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Adds an MCP server to the default file.</summary>
[Cmdlet(VerbsCommon.Add, Nouns.McpServer, DefaultParameterSetName = StdioSet, SupportsShouldProcess = true)]
[OutputType(typeof(McpServerInfo))]
public sealed class AddKimiMcpServerCommand : McpFileCommand
{
    private const string StdioSet = "Stdio";
    private const string HttpSet = "Http";
    private const string JsonSet = "Json";

    /// <summary>The name of the server.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = StdioSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = HttpSet)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The program that is the server.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = StdioSet)]
    [ValidateNotNullOrEmpty]
    public string? Command { get; set; }

    /// <summary>The arguments of the program.</summary>
    [Parameter(ParameterSetName = StdioSet)]
    [AllowEmptyString]
    [Alias("Args")]
    public string[]? ArgumentList { get; set; }

    /// <summary>Variables for the program beside the safe ones of this process.</summary>
    [Parameter(ParameterSetName = StdioSet)]
    [ValidateNotNull]
    public IDictionary? EnvironmentVariable { get; set; }

    /// <summary>The directory the program starts in.</summary>
    [Parameter(ParameterSetName = StdioSet)]
    [ValidateNotNullOrEmpty]
    [Alias("Cwd")]
    public string? WorkDirectory { get; set; }

    /// <summary>The address of a remote server.</summary>
    [Parameter(Mandatory = true, ParameterSetName = HttpSet)]
    [ValidateNotNull]
    public Uri? Url { get; set; }

    /// <summary>Headers of every request.</summary>
    [Parameter(ParameterSetName = HttpSet)]
    [ValidateNotNull]
    public IDictionary? Header { get; set; }

    /// <summary>How the server is spoken to.</summary>
    [Parameter(ParameterSetName = HttpSet)]
    public McpTransport Transport { get; set; }

    /// <summary>The server wants a sign-in.</summary>
    [Parameter(ParameterSetName = HttpSet)]
    public SwitchParameter OAuth { get; set; }

    /// <summary>Servers in the common JSON form.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = JsonSet)]
    [ValidateNotNullOrEmpty]
    public string? Json { get; set; }

    /// <summary>What the server is for.</summary>
    [Parameter(ParameterSetName = StdioSet)]
    [Parameter(ParameterSetName = HttpSet)]
    [ValidateNotNullOrEmpty]
    public string? Description { get; set; }

    /// <summary>Replaces a server of the same name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ShareDirectory share = ShareDirectory.Locate(EnvironmentSource.Process);
        if (Read() is not IReadOnlyList<McpServerConfig> servers) { return; }
        try
        {
            foreach (McpServerConfig server in servers) { Add(share, server); }
        }
        catch (McpConfigException e)
        {
            ThrowTerminatingError(Errors.ConfigurationInvalid(e, Name ?? share.McpFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(EngineErrors.Of(e, share.McpFile));
        }
    }

    /// <summary>What was described; null, after an error, if it is no server. The next input may be one.</summary>
    private IReadOnlyList<McpServerConfig>? Read()
    {
        try
        {
            IReadOnlyList<McpServerConfig> servers = McpConfigSources.Read(Json ?? ObjectJson.Write(Described(), 5));
            if (servers.Count > 0) { return servers; }
            WriteError(Errors.McpDescriptionInvalid(new FormatException("The JSON describes no MCP server."), Name));
        }
        catch (McpConfigException e)
        {
            WriteError(Errors.McpDescriptionInvalid(e, Name));
        }

        return null;
    }

    private void Add(ShareDirectory share, McpServerConfig server)
    {
        bool isFree = IsFree(McpConfigFile.Load(share), server.Name);
        if (isFree && !Confirms(server.Name, "Add MCP server")) { return; }
        if (isFree)
        {
            // Somebody may have changed it while the question stood.
            McpConfigFile.Change(share, now =>
            {
                isFree = IsFree(now, server.Name);
                if (isFree) { now.Set(server.Name, server.Source); }
            });
        }

        if (!isFree)
        {
            WriteError(Errors.McpServerExists(server.Name));
            return;
        }

        KnownTools.ForgetForGood(server.Name);
        CloseConnection(server.Name);
        WriteObject(McpObjects.Server(server));
    }

    private bool IsFree(McpConfigFile file, string name) => Force || !file.TryGet(name, out _);

    private OrderedDictionary Described()
    {
        OrderedDictionary entry = [];
        if (Url is not null)
        {
            entry["url"] = Url.OriginalString;
            entry["transport"] = Transport == McpTransport.Sse ? "sse" : "http";
            if (Header is not null) { entry["headers"] = Texts(Header); }
            if (OAuth) { entry["auth"] = "oauth"; }
        }
        else
        {
            entry["command"] = Command;
            entry["args"] = (ArgumentList ?? []).Where(a => a is not null).ToArray(); // a variable without a value is no argument
            if (EnvironmentVariable is not null) { entry["env"] = Texts(EnvironmentVariable); }
            if (WorkDirectory is not null) { entry["cwd"] = SessionState.Path.GetUnresolvedProviderPathFromPSPath(WorkDirectory); }
        }

        if (Description is not null) { entry["description"] = Description; }
        return new OrderedDictionary { ["mcpServers"] = new OrderedDictionary { [Name!] = entry } };
    }

    /// <summary>The file knows text only; secrets may be given as secure strings.</summary>
    private static OrderedDictionary Texts(IDictionary values)
    {
        OrderedDictionary texts = [];
        foreach (DictionaryEntry pair in values)
        {
            object? value = pair.Value is PSObject wrapped ? wrapped.BaseObject : pair.Value;
            texts[LanguagePrimitives.ConvertTo<string>(pair.Key)] =
                value is SecureString secret ? new NetworkCredential("", secret).Password : LanguagePrimitives.ConvertTo<string>(value);
        }

        return texts;
    }
}
