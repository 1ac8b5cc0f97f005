using System.Text.Json;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Background;

/// <summary>Something that happened beside the turns: <c>event.json</c>.</summary>
internal sealed record Notification
{
    public static readonly IReadOnlyList<string> AllSinks = [NotificationSinks.Model, NotificationSinks.Wire, NotificationSinks.Shell];

    private static readonly JsonElement s_noFacts = LenientJson.Parse("{}");

    public required string Id { get; init; }

    /// <summary><c>task</c>, <c>agent</c> or <c>system</c>.</summary>
    public required string Category { get; init; }

    public required string Type { get; init; }

    public required string SourceKind { get; init; }

    public required string SourceId { get; init; }

    public required string Title { get; init; }

    public required string Body { get; init; }

    /// <summary><c>info</c>, <c>success</c>, <c>warning</c> or <c>error</c>.</summary>
    public string Severity { get; init; } = "info";

    public double CreatedAt { get; init; }

    /// <summary>Facts, an object.</summary>
    public JsonElement Payload { get; init; } = s_noFacts;

    public IReadOnlyList<string> Targets { get; init; } = AllSinks;

    /// <summary>Two events of one key are one.</summary>
    public string? DedupeKey { get; init; }

    public NotificationEvent ToEvent() => new()
    {
        Id = Id,
        Category = Category,
        NotificationType = Type,
        SourceKind = SourceKind,
        SourceId = SourceId,
        Title = Title,
        Body = Body,
        Severity = Severity,
        CreatedAt = CreatedAt,
        Payload = Payload,
    };

    public static Notification? Read(JsonElement value)
    {
        if (value.StringOrNull("id") is not string id || value.StringOrNull("category") is not string category
            || value.StringOrNull("type") is not string type || value.StringOrNull("source_kind") is not string kind
            || value.StringOrNull("source_id") is not string source || value.StringOrNull("title") is not string title
            || value.StringOrNull("body") is not string body)
        {
            return null;
        }

        return new Notification
        {
            Id = id,
            Category = category,
            Type = type,
            SourceKind = kind,
            SourceId = source,
            Title = title,
            Body = body,
            Severity = value.StringOrNull("severity") ?? "info",
            CreatedAt = value.DoubleOrNull("created_at") ?? 0,
            Payload = value.TryMember("payload", out JsonElement payload) && payload.ValueKind == JsonValueKind.Object ? payload.Clone() : s_noFacts,
            Targets = value.TryMember("targets", out JsonElement targets) && targets.ValueKind == JsonValueKind.Array
                ? [.. targets.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.ReadString())]
                : AllSinks,
            DedupeKey = value.StringOrNull("dedupe_key"),
        };
    }

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("version"u8, 1);
        writer.Member("id"u8, Id);
        writer.Member("category"u8, Category);
        writer.Member("type"u8, Type);
        writer.Member("source_kind"u8, SourceKind);
        writer.Member("source_id"u8, SourceId);
        writer.Member("title"u8, Title);
        writer.Member("body"u8, Body);
        writer.Member("severity"u8, Severity);
        writer.Member("created_at"u8, (double?)CreatedAt);
        writer.Name("payload"u8);
        writer.Element(Payload);
        writer.Name("targets"u8);
        writer.BeginArray();
        foreach (string target in Targets)
        {
            writer.Text(target);
        }

        writer.EndArray();
        writer.Member("dedupe_key"u8, DedupeKey);
        writer.EndObject();
    }
}

/// <summary>Who is told of notifications.</summary>
internal static class NotificationSinks
{
    public const string Model = "llm";
    public const string Wire = "wire";
    public const string Shell = "shell";
}

/// <summary>How far one sink is with a notification.</summary>
internal sealed record SinkState(string Status = SinkState.Pending, double? ClaimedAt = null, double? AckedAt = null)
{
    public const string Pending = "pending";
    public const string Claimed = "claimed";
    public const string Acked = "acked";

    public static SinkState Read(JsonElement value) => value.StringOrNull("status") is (Claimed or Acked) and string status
        ? new SinkState(status, value.DoubleOrNull("claimed_at"), value.DoubleOrNull("acked_at"))
        : new SinkState();

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("status"u8, Status);
        writer.Member("claimed_at"u8, ClaimedAt);
        writer.Member("acked_at"u8, AckedAt);
        writer.EndObject();
    }
}
