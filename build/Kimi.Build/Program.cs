namespace Kimi.Build;

/// <summary>Usage: Kimi.Build FROM TO. Reads the help pages in FROM, writes what Get-Help reads into TO.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length != 2)
        {
            Console.Error.WriteLine("usage: Kimi.Build <folder with help pages> <folder for the result>");
            return 2;
        }

        try
        {
            return Convert(args[0], args[1]);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // The form that MSBuild shows as an error of the build.
            Console.Error.WriteLine($"Kimi.Build: error KIMI0001: {e.Message}");
            return 1;
        }
    }

    private static int Convert(string from, string to)
    {
        Directory.CreateDirectory(to);
        Dictionary<string, List<CommandPage>> byFile = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(from, "*.md").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            string markdown = File.ReadAllText(path).ReplaceLineEndings("\n");
            if (name.StartsWith("about_", StringComparison.Ordinal))
            {
                File.WriteAllText(Path.Join(to, name + ".help.txt"), AboutText.Render(name, markdown));
                continue;
            }

            CommandPage page = CommandPage.Parse(name, markdown);
            if (!byFile.TryGetValue(page.HelpFile, out List<CommandPage>? pages)) { byFile[page.HelpFile] = pages = []; }
            pages.Add(page);
        }

        foreach ((string file, List<CommandPage> pages) in byFile) { Maml.Write(Path.Join(to, file), pages); }
        return 0;
    }
}
