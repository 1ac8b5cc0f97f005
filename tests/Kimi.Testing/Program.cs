namespace Kimi.Testing;

/// <summary>Starts the test servers as a process, for Pester and for the tests of the real executable.</summary>
internal static class Program
{
    private static int Main() => 2;
}
