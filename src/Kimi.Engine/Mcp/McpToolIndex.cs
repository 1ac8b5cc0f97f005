using System.Buffers;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>What a search found.</summary>
/// <param name="Tools">The best matches, best first.</param>
/// <param name="Total">How many matched in all.</param>
public sealed record McpSearchHits(IReadOnlyList<McpTool> Tools, int Total)
{
    /// <summary>The score of a tool whose own name was asked for.</summary>
    public const double ExactScore = 1000;

    /// <summary>How well each of <see cref="Tools"/> matches.</summary>
    public IReadOnlyList<double> Scores { get; init; } = [];
}

/// <summary>
/// Ranks tools by BM25 over the terms of name and description; plain arrays, fixed order of summation, so the same tools and
/// the same query give the same list everywhere.
/// </summary>
public sealed class McpToolIndex
{
    private const double K1 = 1.2;
    private const double B = 0.75;
    private const int NameBoost = 3;

    private readonly McpTool[] _tools;
    private readonly Dictionary<string, int> _terms = new(StringComparer.Ordinal);
    private readonly float[] _norms;
    private readonly int[] _starts;
    private readonly int[] _documents;
    private readonly ushort[] _counts;

    /// <summary>Indexes tools.</summary>
    /// <param name="tools">The tools.</param>
    /// <param name="descriptionMaxChars">Characters of a description that count.</param>
    public McpToolIndex(IReadOnlyList<McpTool> tools, int descriptionMaxChars)
    {
        _tools = [.. tools];

        // Ties are broken by full name: with the documents in that order, an equal score keeps the lower number first.
        Array.Sort(_tools, static (x, y) => string.CompareOrdinal(x.FullName, y.FullName));
        var postings = new List<(int Term, int Document, int Count)>(_tools.Length * 12);
        var terms = new TermCollector(_terms);
        long length = 0;
        _norms = new float[_tools.Length];
        int[] lengths = new int[_tools.Length];
        for (int d = 0; d < _tools.Length; d++)
        {
            McpTool tool = _tools[d];
            terms.Add(tool.Server, NameBoost);
            terms.Add(tool.Name, NameBoost);
            terms.Add(tool.Description.AsSpan(0, CodePoints.IndexOf(tool.Description, descriptionMaxChars)), 1);
            lengths[d] = terms.Flush(d, postings);
            length += lengths[d];
        }

        double average = _tools.Length == 0 ? 1 : Math.Max(1, (double)length / _tools.Length);
        for (int d = 0; d < lengths.Length; d++)
        {
            _norms[d] = (float)(K1 * (1 - B + (B * lengths[d] / average)));
        }

        // Postings were made document by document; sort them by term with a counting sort, which keeps that order.
        _starts = new int[_terms.Count + 1];
        foreach ((int term, _, _) in postings)
        {
            _starts[term + 1]++;
        }

        for (int t = 0; t < _terms.Count; t++)
        {
            _starts[t + 1] += _starts[t];
        }

        int[] next = _starts[..^1];
        _documents = new int[postings.Count];
        _counts = new ushort[postings.Count];
        foreach ((int term, int document, int count) in postings)
        {
            int at = next[term]++;
            _documents[at] = document;
            _counts[at] = (ushort)Math.Min(count, ushort.MaxValue);
        }
    }

    /// <summary>Number of tools.</summary>
    public int Count => _tools.Length;

    /// <summary>Finds tools; a tool whose full or bare name is the query comes first.</summary>
    public McpSearchHits Search(string query, int limit)
    {
        query = query.Trim();
        double[] scores = ArrayPool<double>.Shared.Rent(_tools.Length + 1);
        double[] best = ArrayPool<double>.Shared.Rent(_tools.Length + 1);
        try
        {
            Array.Clear(scores, 0, _tools.Length);
            Array.Clear(best, 0, _tools.Length);
            foreach (string term in McpTokens.Split(query).Distinct(StringComparer.Ordinal))
            {
                AddTerm(term, scores, best);
            }

            for (int d = 0; d < _tools.Length; d++)
            {
                if (query == _tools[d].FullName || query == _tools[d].Name)
                {
                    scores[d] = McpSearchHits.ExactScore;
                }
            }

            return Top(scores, limit);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(scores);
            ArrayPool<double>.Shared.Return(best);
        }
    }

    private void AddTerm(string term, double[] scores, double[] best)
    {
        Score(term, 1, best);
        foreach (string synonym in McpSynonyms.Of(term))
        {
            if (synonym != term)
            {
                Score(synonym, McpSynonyms.Weight, best);
            }
        }

        for (int d = 0; d < _tools.Length; d++)
        {
            scores[d] += best[d];
            best[d] = 0;
        }
    }

    /// <summary>A word and its synonyms are one question: a tool gets the best of their scores, not their sum.</summary>
    private void Score(string term, double weight, double[] best)
    {
        if (!_terms.TryGetValue(term, out int id))
        {
            return;
        }

        int start = _starts[id];
        int end = _starts[id + 1];
        int n = end - start;
        double idf = Math.Log(1 + ((_tools.Length - n + 0.5) / (n + 0.5)));
        for (int p = start; p < end; p++)
        {
            int d = _documents[p];
            double count = _counts[p];
            double score = weight * idf * count * (K1 + 1) / (count + _norms[d]);
            if (score > best[d])
            {
                best[d] = score;
            }
        }
    }

    private McpSearchHits Top(double[] scores, int limit)
    {
        int total = 0;
        var top = new List<int>(Math.Min(limit, 64) + 1);
        for (int d = 0; d < _tools.Length; d++)
        {
            if (scores[d] <= 0)
            {
                continue;
            }

            total++;
            if (top.Count == limit && scores[d] <= scores[top[^1]])
            {
                continue;
            }

            int at = top.Count;
            while (at > 0 && scores[top[at - 1]] < scores[d])
            {
                at--;
            }

            top.Insert(at, d);
            if (top.Count > limit)
            {
                top.RemoveAt(limit);
            }
        }

        return new McpSearchHits([.. top.Select(d => _tools[d])], total) { Scores = [.. top.Select(d => scores[d])] };
    }

    /// <summary>Collects the terms of one document.</summary>
    private sealed class TermCollector
    {
        private readonly Dictionary<string, int> _terms;
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
        private readonly McpTokens.TermSink _sink;
        private int[] _counts = new int[1024];
        private readonly List<int> _seen = [];
        private int _weight;
        private int _length;

        public TermCollector(Dictionary<string, int> terms)
        {
            _terms = terms;
            _lookup = terms.GetAlternateLookup<ReadOnlySpan<char>>();
            _sink = Take;
        }

        public void Add(ReadOnlySpan<char> text, int weight)
        {
            _weight = weight;
            McpTokens.Split(text, _sink);
        }

        public int Flush(int document, List<(int Term, int Document, int Count)> postings)
        {
            foreach (int term in _seen)
            {
                postings.Add((term, document, _counts[term]));
                _counts[term] = 0;
            }

            int length = _length;
            _seen.Clear();
            _length = 0;
            return length;
        }

        private void Take(ReadOnlySpan<char> term)
        {
            if (!_lookup.TryGetValue(term, out int id))
            {
                id = _terms.Count;
                _lookup[term] = id;
                if (id >= _counts.Length)
                {
                    Array.Resize(ref _counts, _counts.Length * 2);
                }
            }

            if (_counts[id] == 0)
            {
                _seen.Add(id);
            }

            _counts[id] += _weight;
            _length += _weight;
        }
    }
}
