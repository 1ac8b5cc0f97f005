using System.Text;

namespace Kimi.Engine.Mcp;

/// <summary>Splits names and texts into search terms; independent of culture.</summary>
internal static class McpTokens
{
    private static readonly HashSet<string> s_stopWords = new(StringComparer.Ordinal)
    {
        "a", "an", "the", "to", "of", "for", "in", "on", "and", "or", "with", "by", "from", "is", "this", "that",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_stopLookup = s_stopWords.GetAlternateLookup<ReadOnlySpan<char>>();

    private enum Kind
    {
        None,
        Lower,
        Upper,
        Digit,
    }

    /// <summary>Receives one term; the span is valid during the call only.</summary>
    public delegate void TermSink(ReadOnlySpan<char> term);

    /// <summary>All terms of a text, in order.</summary>
    public static List<string> Split(string text)
    {
        var terms = new List<string>();
        Split(text, term => terms.Add(term.ToString()));
        return terms;
    }

    /// <summary>Gives each term to <paramref name="sink"/>: lower-case, split at case and digit borders, stemmed, without stop words.</summary>
    public static void Split(ReadOnlySpan<char> text, TermSink sink)
    {
        Span<char> buffer = stackalloc char[64];
        int length = 0;
        Kind last = Kind.None;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            int units = 1;
            Kind kind;
            if (char.IsAsciiLetterLower(c))
            {
                kind = Kind.Lower;
            }
            else if (char.IsSurrogate(c))
            {
                bool isLetter = Rune.DecodeFromUtf16(text[i..], out Rune rune, out units) == System.Buffers.OperationStatus.Done && Rune.IsLetterOrDigit(rune);
                kind = isLetter ? Kind.Lower : Kind.None;
            }
            else
            {
                kind = char.IsDigit(c) ? Kind.Digit : char.IsUpper(c) ? Kind.Upper : char.IsLetterOrDigit(c) ? Kind.Lower : Kind.None;
            }

            bool isBorder = kind != last && last != Kind.None && !(last == Kind.Upper && kind == Kind.Lower && length == 1);
            if (isBorder && last == Kind.Upper && kind == Kind.Lower && length > 1)
            {
                // HTTPServer: the last capital begins the next word.
                char first = buffer[length - 1];
                Emit(buffer[..(length - 1)], sink);
                buffer[0] = first;
                length = 1;
            }
            else if (isBorder)
            {
                Emit(buffer[..length], sink);
                length = 0;
            }

            last = kind;
            if (kind == Kind.None)
            {
                i += units - 1;
                continue;
            }

            for (int u = 0; u < units; u++, i++)
            {
                // What is longer than a word can be is cut, equally in names and queries.
                if (length < buffer.Length)
                {
                    buffer[length++] = char.ToLowerInvariant(text[i]);
                }
            }

            i--;
        }

        Emit(buffer[..length], sink);
    }

    /// <summary>The stem of a lower-case word: plurals only.</summary>
    public static ReadOnlySpan<char> Stem(Span<char> word)
    {
        if (word.Length > 4 && word.EndsWith("ies"))
        {
            word[^3] = 'y';
            return word[..^2];
        }

        if (word.EndsWith("sses"))
        {
            return word[..^2];
        }

        if (word.EndsWith("xes") || word.EndsWith("ches") || word.EndsWith("shes") || word.EndsWith("zes"))
        {
            return word[..^2];
        }

        return word.Length > 3 && word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i') ? word[..^1] : word;
    }

    private static void Emit(Span<char> word, TermSink sink)
    {
        if (word.Length > 0 && !s_stopLookup.Contains(word))
        {
            sink(Stem(word));
        }
    }
}
