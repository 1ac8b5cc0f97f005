using System.Security.Cryptography;

namespace Kimi.Engine.Turns.Background;

/// <summary>The background tasks of a session, in <c>tasks/</c>. What has ended is read once.</summary>
internal sealed class TaskStore(string root)
{
    private const string IdCharacters = "0123456789abcdefghijklmnopqrstuvwxyz";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskSpec> _specs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskView> _ended = new(StringComparer.Ordinal);

    /// <summary>Whether a text can be the id of a task: no path can be made of it.</summary>
    public static bool IsValidId(string id)
    {
        if (id.Length is < 2 or > 25 || id[0] == '-')
        {
            return false;
        }

        foreach (char c in id)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A fresh id.</summary>
    public static string NewId(string kind) => $"{kind}-{RandomNumberGenerator.GetString(IdCharacters, 8)}";

    /// <summary>The files of a task, whether it exists or not.</summary>
    /// <exception cref="ArgumentException">That is no id.</exception>
    public TaskFiles Files(string id) =>
        IsValidId(id) ? new TaskFiles(Path.Join(root, id)) : throw new ArgumentException($"Invalid task_id: {id}");

    /// <summary>Makes a task.</summary>
    public TaskFiles Create(TaskSpec spec, double now)
    {
        TaskFiles files = Files(spec.Id);
        files.Create(spec, new TaskRuntime { UpdatedAt = now });
        return files;
    }

    /// <summary>One task; null when there is none of that id.</summary>
    public TaskView? Find(string id)
    {
        if (!IsValidId(id))
        {
            return null;
        }

        lock (_gate)
        {
            if (_ended.TryGetValue(id, out TaskView? ended))
            {
                return ended;
            }

            TaskFiles files = Files(id);
            if (!_specs.TryGetValue(id, out TaskSpec? spec))
            {
                spec = files.ReadSpec();
                if (spec is null || spec.Id != id)
                {
                    return null;
                }

                _specs[id] = spec;
            }

            TaskView view = new(spec, files.ReadRuntime(), files);
            if (view.IsTerminal)
            {
                _ended[id] = view;
            }

            return view;
        }
    }

    /// <summary>All tasks, the one updated last first.</summary>
    public List<TaskView> List()
    {
        List<TaskView> tasks = [];
        try
        {
            if (Directory.Exists(root))
            {
                foreach (string directory in Directory.EnumerateDirectories(root))
                {
                    if (Find(Path.GetFileName(directory)) is TaskView view)
                    {
                        tasks.Add(view);
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What could be read counts.
        }

        tasks.Sort(static (a, b) => (b.Runtime.UpdatedAt, b.Spec.CreatedAt).CompareTo((a.Runtime.UpdatedAt, a.Spec.CreatedAt)));
        return tasks;
    }
}
