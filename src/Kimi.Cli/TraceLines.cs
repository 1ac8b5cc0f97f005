namespace Kimi.Cli;

/// <summary>Where the trace of the scripted provider goes: standard output, by way of whoever owns it.</summary>
internal sealed class TraceLines
{
    /// <summary>Takes the lines; the console's writer when null.</summary>
    public Action<string>? Target { get; set; }

    /// <summary>Writes a line.</summary>
    public void Write(string line)
    {
        if (Target is Action<string> target)
        {
            target(line);
        }
        else
        {
            Console.Out.WriteLine(line);
        }
    }
}
