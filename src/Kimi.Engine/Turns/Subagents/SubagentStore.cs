using System.Security.Cryptography;
using Kimi.Engine.Turns.Background;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>The subagents of a session, in <c>subagents/</c>.</summary>
internal sealed class SubagentStore(string root, TimeProvider time)
{
    private readonly Lock _gate = new();

    /// <summary>The directory of a subagent.</summary>
    public string DirectoryOf(string id) => Path.Join(root, id);

    /// <summary>Makes a subagent; it runs in the given way at once.</summary>
    public SubagentRecord Create(string type, string description, string? modelOverride, string? effectiveModel, string status)
    {
        string id = "a" + RandomNumberGenerator.GetHexString(8, lowercase: true);
        string directory = DirectoryOf(id);
        Directory.CreateDirectory(directory);
        foreach (string file in (ReadOnlySpan<string>)["context.jsonl", "wire.jsonl", "prompt.txt", "output"])
        {
            File.WriteAllBytes(Path.Join(directory, file), []);
        }

        double now = StoredJson.Seconds(time);
        SubagentRecord record = new(id, type, status, description, now, now, null, new SubagentLaunch(id, type, modelOverride, effectiveModel, now));
        Write(record);
        return record;
    }

    /// <summary>A subagent; null when there is none of that id.</summary>
    public SubagentRecord? Find(string id) =>
        IsValidId(id) && StoredJson.Read(Path.Join(root, id, "meta.json")) is { } value && SubagentRecord.Read(value) is SubagentRecord record && record.AgentId == id
            ? record
            : null;

    /// <summary>Takes a subagent that does not run to run it again.</summary>
    /// <exception cref="SubagentException">There is none, or it runs.</exception>
    public SubagentRecord Claim(string id, string description, string status)
    {
        lock (_gate)
        {
            SubagentRecord record = Find(id) ?? throw new SubagentException($"Subagent instance not found: {id}", "Agent not found");
            if (SubagentStates.IsRunning(record.Status))
            {
                throw new SubagentException($"Agent instance {id} is still {record.Status} and cannot be resumed concurrently.", "Agent already running");
            }

            return Save(record with { Status = status, Description = description });
        }
    }

    /// <summary>Notes a change.</summary>
    public SubagentRecord Save(SubagentRecord record)
    {
        record = record with { UpdatedAt = StoredJson.Seconds(time) };
        Write(record);
        return record;
    }

    /// <summary>Notes how a run ended.</summary>
    public void SetStatus(string id, string status)
    {
        lock (_gate)
        {
            if (Find(id) is SubagentRecord record)
            {
                Save(record with { Status = status });
            }
        }
    }

    /// <summary>Takes back a subagent that never ran.</summary>
    public void Delete(string id) => Directory.Delete(DirectoryOf(id), recursive: true);

    /// <summary>A session has just been opened, so nothing runs: what another process left running has failed.</summary>
    public void Repair()
    {
        if (!Directory.Exists(root))
        {
            return;
        }

        foreach (string directory in Directory.EnumerateDirectories(root))
        {
            if (Find(Path.GetFileName(directory)) is SubagentRecord record && SubagentStates.IsRunning(record.Status))
            {
                Save(record with { Status = SubagentStates.Failed });
            }
        }
    }

    private static bool IsValidId(string id) =>
        id.Length is > 0 and <= 64 && id[0] != '.' && id.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && !id.Contains('/', StringComparison.Ordinal);

    private void Write(SubagentRecord record) => StoredJson.Write(Path.Join(DirectoryOf(record.AgentId), "meta.json"), record.Write);
}

/// <summary>A subagent cannot be run. The brief is what a background start shows.</summary>
internal sealed class SubagentException(string message, string brief) : Exception(message)
{
    public string Brief => brief;
}
