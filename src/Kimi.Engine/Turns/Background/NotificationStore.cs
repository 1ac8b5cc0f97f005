using System.Security.Cryptography;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Background;

/// <summary>
/// The notifications of a session, in <c>notifications/</c>, and who has got them. Every sink claims one, then confirms it; a
/// claim that is not confirmed is free again after a while. One session has one store: it is read once and then kept in step.
/// </summary>
internal sealed class NotificationStore(string root, TimeProvider time, TimeSpan staleAfter, Action<string, string> log)
{
    private readonly Lock _gate = new();
    private List<Entry>? _entries;

    /// <summary>Whether there are any; costs one look for the directory until there are.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _entries is null ? !Directory.Exists(root) : _entries.Count == 0;
            }
        }
    }

    /// <summary>A fresh id.</summary>
    public static string NewId() => "n" + RandomNumberGenerator.GetHexString(8, lowercase: true);

    /// <summary>Adds a notification; one with its key that exists already is returned instead.</summary>
    public Notification Publish(Notification notification)
    {
        lock (_gate)
        {
            List<Entry> entries = Entries();
            if (notification.DedupeKey is string key && entries.Find(entry => entry.Notification.DedupeKey == key) is Entry existing)
            {
                return existing.Notification;
            }

            string directory = Path.Join(root, notification.Id);
            Directory.CreateDirectory(directory);
            Entry added = new(notification, directory);
            foreach (string sink in notification.Targets)
            {
                added.Sinks[sink] = new SinkState();
            }

            SaveDelivery(added);
            StoredJson.Write(Path.Join(directory, "event.json"), notification.Write);
            entries.Add(added);
            return notification;
        }
    }

    /// <summary>Whether something waits for a sink.</summary>
    public bool HasPending(string sink)
    {
        lock (_gate)
        {
            double now = StoredJson.Seconds(time);
            return !IsEmpty && Entries().Exists(entry => IsFree(entry, sink, now));
        }
    }

    /// <summary>Ids of what waits for a sink.</summary>
    public List<string> PendingIds(string sink)
    {
        lock (_gate)
        {
            double now = StoredJson.Seconds(time);
            return IsEmpty ? [] : [.. Entries().Where(entry => IsFree(entry, sink, now)).Select(static entry => entry.Notification.Id)];
        }
    }

    /// <summary>Takes what waits for a sink, the oldest first. It is to be confirmed with <see cref="Acknowledge"/>.</summary>
    public List<Notification> Claim(string sink, int limit)
    {
        List<Notification> claimed = [];
        lock (_gate)
        {
            if (IsEmpty)
            {
                return claimed;
            }

            double now = StoredJson.Seconds(time);
            foreach (Entry entry in Entries())
            {
                if (claimed.Count == limit)
                {
                    break;
                }

                if (IsFree(entry, sink, now))
                {
                    entry.Sinks[sink] = new SinkState(SinkState.Claimed, now);
                    SaveDelivery(entry);
                    claimed.Add(entry.Notification);
                }
            }
        }

        return claimed;
    }

    /// <summary>Confirms that a sink has got a notification.</summary>
    public void Acknowledge(string sink, string id)
    {
        lock (_gate)
        {
            if (IsEmpty || Entries().Find(entry => entry.Notification.Id == id) is not Entry found || !found.Sinks.TryGetValue(sink, out SinkState? state)
                || state.Status == SinkState.Acked)
            {
                return;
            }

            found.Sinks[sink] = state with { Status = SinkState.Acked, AckedAt = StoredJson.Seconds(time) };
            SaveDelivery(found);
        }
    }

    private static bool IsValidId(string id) =>
        id.Length is >= 2 and <= 20 && id.AsSpan().IndexOfAnyExcept(System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789")) < 0;

    private bool IsFree(Entry entry, string sink, double now) =>
        entry.Sinks.TryGetValue(sink, out SinkState? state)
        && (state.Status == SinkState.Pending
            || (state.Status == SinkState.Claimed && now - (state.ClaimedAt ?? 0) > staleAfter.TotalSeconds));

    private List<Entry> Entries()
    {
        if (_entries is not null)
        {
            return _entries;
        }

        _entries = [];
        if (!Directory.Exists(root))
        {
            return _entries;
        }

        foreach (string directory in Directory.EnumerateDirectories(root))
        {
            string id = Path.GetFileName(directory);
            if (IsValidId(id) && StoredJson.Read(Path.Join(directory, "event.json")) is JsonElement value && Notification.Read(value) is Notification notification
                && notification.Id == id)
            {
                Entry entry = new(notification, directory);
                ReadDelivery(entry);
                _entries.Add(entry);
            }
        }

        _entries.Sort(static (a, b) => a.Notification.CreatedAt.CompareTo(b.Notification.CreatedAt));
        return _entries;
    }

    private static void ReadDelivery(Entry entry)
    {
        JsonElement sinks = default;
        bool known = StoredJson.Read(Path.Join(entry.Directory, "delivery.json")) is JsonElement value && value.TryMember("sinks", out sinks)
            && sinks.ValueKind == JsonValueKind.Object;
        foreach (string sink in entry.Notification.Targets)
        {
            entry.Sinks[sink] = known && sinks.TryMember(sink, out JsonElement state) ? SinkState.Read(state) : new SinkState();
        }
    }

    private void SaveDelivery(Entry entry)
    {
        try
        {
            StoredJson.Write(Path.Join(entry.Directory, "delivery.json"), writer =>
            {
                writer.BeginObject();
                writer.Name("sinks"u8);
                writer.BeginObject();
                foreach ((string sink, SinkState state) in entry.Sinks)
                {
                    writer.Name(sink.AsSpan());
                    state.Write(writer);
                }

                writer.EndObject();
                writer.EndObject();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In this process it holds all the same.
            log("Warning", $"The notification '{entry.Notification.Id}' cannot be marked: {e.Message}");
        }
    }

    private sealed record Entry(Notification Notification, string Directory)
    {
        public Dictionary<string, SinkState> Sinks { get; } = new(StringComparer.Ordinal);
    }
}
