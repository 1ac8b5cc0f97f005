using System.IO.Enumeration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>What prompts take from the machine that the tools work on: two levels of a directory, and the project's AGENTS.md files.</summary>
internal abstract class PromptFiles
{
    /// <summary>Marks a directory in <see cref="Entries"/>: sorts directories before files.</summary>
    public const char DirectoryMark = '0';

    /// <summary>Marks anything else in <see cref="Entries"/>.</summary>
    public const char FileMark = '1';

    /// <summary>Those of this machine, read when asked for.</summary>
    public static PromptFiles Local { get; } = new LocalPromptFiles();

    /// <summary>Rules of the machine's paths.</summary>
    public abstract HostPaths Paths { get; }

    /// <summary>Those of a machine; of another one they are read now, for a directory and the project it belongs to.</summary>
    /// <exception cref="IOException">The machine cannot be asked.</exception>
    public static async ValueTask<PromptFiles> OfAsync(IHost host, string directory, CancellationToken cancellationToken) =>
        host is SshHost distant ? await DistantPromptFiles.LoadAsync(distant, directory, cancellationToken).ConfigureAwait(false) : Local;

    /// <summary>Names in a directory, each behind its mark, in no order; null when it cannot be read.</summary>
    public abstract List<string>? Entries(string directory);

    /// <summary>The beginning of a text file; null when there is none.</summary>
    public abstract string? Text(string path, int maxBytes);

    /// <summary>The project a work dir belongs to (<see cref="Skills.ProjectRoot"/>).</summary>
    public abstract string ProjectRoot(string workDir);

    private sealed class LocalPromptFiles : PromptFiles
    {
        public override HostPaths Paths => HostPaths.Local;

        public override string? Text(string path, int maxBytes) => TextFile.Read(path, maxBytes);

        public override string ProjectRoot(string workDir) => Skills.ProjectRoot.Find(workDir);

        public override List<string>? Entries(string directory)
        {
            try
            {
                var entries = new List<string>();
                using var walk = new Walk(directory);
                while (walk.MoveNext())
                {
                    entries.Add(walk.Current);
                }

                return entries;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
            {
                return null;
            }
        }

        /// <summary>One system call a directory where the file system tells the kind; a link is asked for its target.</summary>
        private sealed class Walk(string directory) : FileSystemEnumerator<string>(directory, s_options)
        {
            private static readonly EnumerationOptions s_options = new()
            {
                AttributesToSkip = 0,
                IgnoreInaccessible = false,
                RecurseSubdirectories = false,
                ReturnSpecialDirectories = false,
            };

            protected override string TransformEntry(ref FileSystemEntry entry)
            {
                bool isDirectory = (entry.Attributes & FileAttributes.ReparsePoint) != 0
                    ? Directory.Exists(entry.ToFullPath())
                    : entry.IsDirectory;
                return string.Concat(isDirectory ? "0" : "1", entry.FileName);
            }
        }
    }
}
