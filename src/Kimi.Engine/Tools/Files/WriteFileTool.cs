using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Files;

/// <summary><c>WriteFile</c>: makes, replaces or extends a file.</summary>
internal sealed class WriteFileTool(ToolServices services) : Tool
{
    private static readonly byte[] s_schema = """
        {"properties":{"path":{"description":"The file. A relative path starts at the working directory; outside of it the path must be absolute.","type":"string"},"content":{"description":"The text, written exactly as given.","type":"string"},"mode":{"default":"overwrite","description":"overwrite replaces the whole file, append adds to its end.","enum":["overwrite","append"],"type":"string"}},"required":["path","content"],"type":"object"}
        """u8.ToArray();

    public override bool AsksPermission => true;

    public override ToolDefinition Definition { get; } = new(
        "WriteFile",
        """
        Write a text file: overwrite replaces it or makes a new one, append adds to its end. The directory must exist.

        - To change parts of an existing file, use StrReplaceFile.
        - Write long content in several calls: overwrite first, then append.
        """,
        s_schema);

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string path = read.Text("path");
        string content = read.Text("content");
        bool append = read.Word("mode", "overwrite", "overwrite", "append") == "append";
        read.Check();
        if (FilePaths.Resolve(services, path, "write", out string canonical) is { } refused)
        {
            return refused;
        }

        if (FilePaths.CheckPlan(services, canonical, out bool isPlan) is { } blocked)
        {
            return blocked;
        }

        try
        {
            IHost host = isPlan ? LocalHost.Here : services.Host;
            string parent = host.Paths.Parent(canonical);
            if (isPlan)
            {
                await host.CreateDirectoryAsync(parent, cancellationToken).ConfigureAwait(false);
            }
            else if ((await host.StatAsync(parent, cancellationToken).ConfigureAwait(false)).Kind == EntryKind.None)
            {
                return ToolReturnValue.Error($"`{path}` parent directory does not exist.", "Parent directory not found");
            }

            HostStat stat = await host.StatAsync(canonical, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<DisplayBlock> diff;
            using (await EditGate.EnterAsync(canonical, cancellationToken).ConfigureAwait(false))
            {
                diff = await FileText.DiffAsync(host, canonical, stat, content, append, cancellationToken).ConfigureAwait(false);
            }

            if (!isPlan && await services.Approvals.AskAsync(
                context, FilePaths.EditAction(services, canonical), $"Write file `{canonical}`", diff, cancellationToken, canonical).ConfigureAwait(false) is { } rejected)
            {
                return rejected;
            }

            byte[] bytes = Encoding.UTF8.GetBytes(content);
            long size = bytes.Length;
            using (await EditGate.EnterAsync(canonical, cancellationToken).ConfigureAwait(false))
            {
                await host.WriteAsync(canonical, bytes, append, cancellationToken).ConfigureAwait(false);
                if (append)
                {
                    size = (await host.StatAsync(canonical, cancellationToken).ConfigureAwait(false)).Size;
                }
            }

            return new ToolReturnValue
            {
                IsError = false,
                Message = string.Create(CultureInfo.InvariantCulture, $"File successfully {(append ? "appended to" : "overwritten")}. Current size: {size} bytes."),
                Display = diff,
            };
        }
        catch (Exception e) when (FilePaths.IsFailure(e))
        {
            return ToolReturnValue.Error($"Failed to write to {path}. Error: {e.Message}", "Failed to write file");
        }
    }
}
