namespace Kimi.Engine.Text;

/// <summary>
/// Orders strings by Unicode code points. Ordinal order of UTF-16 differs: it puts characters beyond the basic plane before
/// U+E000 and up.
/// </summary>
internal sealed class CodePointComparer : IComparer<string>
{
    public static readonly CodePointComparer Instance = new();

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
                // Surrogates go above everything else, the rest keeps its order.
                return (char.IsSurrogate(a) ? a + 0x10000 : a) - (char.IsSurrogate(b) ? b + 0x10000 : b);
            }
        }

        return x.Length - y.Length;
    }
}
