using System.Globalization;
using System.Text;

namespace Kimi.Engine.Providers;

/// <summary>
/// Ids of tool calls for APIs that take only letters, digits, <c>_</c> and <c>-</c>. The map is a function of the id alone and
/// no two ids meet, so a call and its result stay together; the stored ids do not change.
/// </summary>
internal static class ToolCallIds
{
    private const string Prefix = "k_";

    /// <summary>The id as such APIs take it.</summary>
    public static string ToPlain(string id)
    {
        bool plain = id.Length > 0 && !id.StartsWith(Prefix, StringComparison.Ordinal);
        foreach (char c in id)
        {
            plain &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
        }

        if (plain)
        {
            return id;
        }

        StringBuilder text = new(Prefix, id.Length + 16);
        foreach (char c in id)
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '-')
            {
                text.Append(c);
            }
            else
            {
                text.Append('_').Append(((int)c).ToString(c < 256 ? "x2" : "x4", CultureInfo.InvariantCulture)).Append('_');
            }
        }

        return text.ToString();
    }
}
