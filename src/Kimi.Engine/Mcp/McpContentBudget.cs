using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>The direct mode's budget: one for all parts in order. Text is cut, media are kept whole or not at all.</summary>
internal sealed class McpContentBudget : IMcpContentSink
{
    /// <summary>Says that something is missing.</summary>
    public const string Truncated =
        "\n\n[Output truncated: exceeded 100000 character limit. Use pagination or more specific queries to get remaining content.]";

    private readonly List<ContentPart> _parts = [];
    private int _left = McpResultShaper.HardLimit;
    private bool _isCut;

    public void Text(McpResultText text)
    {
        StringBuilder? kept = null;
        text.Read(piece =>
        {
            int end = CodePoints.IndexOf(piece, _left);
            _left -= CodePoints.Count(piece[..end]);
            _isCut |= end < piece.Length;
            if (end > 0)
            {
                (kept ??= new StringBuilder()).Append(piece[..end]);
            }

            return end == piece.Length;
        });
        if (kept is not null || _left > 0)
        {
            _parts.Add(new TextPart(kept?.ToString() ?? ""));
        }
    }

    public void Media(McpResultMedia media)
    {
        long length = media.Length;
        if (length > _left)
        {
            _isCut = true;
            return;
        }

        _left -= (int)length;
        _parts.Add(media.ToPart());
    }

    /// <summary>What is kept, with a note if it is not all.</summary>
    public IReadOnlyList<ContentPart> Finish()
    {
        if (_isCut)
        {
            _parts.Add(new TextPart(Truncated));
        }

        return _parts;
    }
}
