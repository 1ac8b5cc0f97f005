namespace Kimi.Engine.Text;

/// <summary>
/// Orders strings by Unicode code points. Ordinal order of UTF-16 differs: it puts characters beyond the basic plane before
/// U+E000 and up.
/// </summary>
internal sealed class CodePointComparer : IComparer<string>
{
    public static CodePointComparer Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return x is null ? y is null ? 0 : -1 : 1;
        }

        int length = Math.Min(x.Length, y.Length);
        for (int i = 0; i < length; i++)
        {
            char a = x[i];
            char b = y[i];
            if (a != b)
            {
                return Rank(a) - Rank(b);
            }
        }

        return x.Length - y.Length;
    }

    // Surrogates go above everything else, the rest keeps its order.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
