using System.Text.Json;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Serving;

/// <summary>Says again what the record of a session holds.</summary>
internal sealed class WireReplay(ServerOutput output)
{
    /// <summary>Events said.</summary>
    public int Events { get; private set; }

    /// <summary>Requests said.</summary>
    public int Requests { get; private set; }

    /// <summary>Says the records of a file in their order; a record that cannot be read is left out.</summary>
    public async Task RunAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        InputLines lines = new(file);
        while (lines.TryRead(out ReadOnlyMemory<byte> line, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Read(line) is WireMessage message)
            {
                if (message is WireRequest)
                {
                    Requests++;
                }
                else
                {
                    Events++;
                }

                output.Send(message);
                Task room = output.Room;
                if (!room.IsCompleted)
                {
                    await room.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private static WireMessage? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(LenientJson.WithoutLoneSurrogates(LenientJson.WithoutInvalidBytes(line)));
            return document.RootElement.TryMember("message", out JsonElement message) ? WireMessageJson.Read(message) : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException)
        {
            return null;
        }
    }
}
