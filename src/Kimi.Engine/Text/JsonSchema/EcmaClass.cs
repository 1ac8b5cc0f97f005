using System.Globalization;
using System.Text;

namespace Kimi.Engine.Text;

/// <summary>A character class of an ECMA-262 pattern, by code points, written for an engine that knows UTF-16 units only.</summary>
internal sealed class EcmaClass
{
    private const string Space = @"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

    private const string NotSpace =
        @"\u0000-\u0008\u000e-\u001f\u0021-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\uffff";

    private readonly StringBuilder _units = new();
    private readonly List<(int First, int Last)> _beyond = [];

    public static string Unit(int unit) => string.Create(CultureInfo.InvariantCulture, $"\\u{unit:x4}");

    public void Add(int first, int last)
    {
        if (first <= 0xffff)
        {
            _units.Append(Unit(first));
            if (last > first)
            {
                _units.Append('-').Append(Unit(Math.Min(last, 0xffff)));
            }
        }

        if (last > 0xffff)
        {
            _beyond.Add((Math.Max(first, 0x10000), last));
        }
    }

    public void AddSet(char kind)
    {
        switch (kind)
        {
            case 'd':
                _units.Append("0-9");
                break;
            case 'D':
                _units.Append(@"\u0000-\u002f\u003a-\uffff");
                break;
            case 'w':
                _units.Append("A-Za-z0-9_");
                break;
            case 'W':
                _units.Append(@"\u0000-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\uffff");
                break;
            case 's':
                _units.Append(Space);
                break;
            default:
                _units.Append(NotSpace);
                break;
        }

        if (char.IsAsciiLetterUpper(kind))
        {
            AddBeyond();
        }
    }

    /// <summary>A Unicode property. Characters outside the basic plane are taken as members of negated properties only.</summary>
    public void AddProperty(string name, bool negated)
    {
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? "" : name[..equals];
        string value = name[(equals + 1)..];
        if (key is "Script" or "sc" or "Script_Extensions" or "scx")
        {
            string? ranges = ScriptRanges(value) ?? throw new NotSupportedException(name);
            if (negated)
            {
                throw new NotSupportedException(name);
            }

            _units.Append(ranges);
            return;
        }

        string[] categories = Categories(value) ?? throw new NotSupportedException(name);
        if (negated && categories.Length > 1)
        {
            throw new NotSupportedException(name);
        }

        foreach (string category in categories)
        {
            _units.Append(negated ? @"\P{" : @"\p{").Append(category).Append('}');
        }

        if (negated || value == "Any")
        {
            AddBeyond();
        }
    }

    public string ToPattern(bool negated = false)
    {
        string pairs = string.Join('|', _beyond.SelectMany(r => Pairs(r.First, r.Last)));
        if (negated)
        {
            string one = _units.Length == 0 ? @"[\s\S]" : $"[^{_units}]";
            string unit = @"(?>[\ud800-\udbff][\udc00-\udfff]|" + one + ")";
            return pairs.Length == 0 ? unit : $"(?:(?!{pairs}){unit})";
        }

        return pairs.Length == 0 ? $"[{_units}]"
            : _units.Length == 0 ? $"(?:{pairs})"
            : $"(?>{pairs}|[{_units}])";
    }

    private void AddBeyond() => _beyond.Add((0x10000, 0x10ffff));

    private static IEnumerable<string> Pairs(int first, int last)
    {
        while (first <= last)
        {
            // As many whole blocks of 1024 as possible share one alternative.
            int high = 0xd800 + ((first - 0x10000) >> 10);
            int low = 0xdc00 + ((first - 0x10000) & 0x3ff);
            int lastHigh = 0xd800 + ((last - 0x10000) >> 10);
            int lastLow = 0xdc00 + ((last - 0x10000) & 0x3ff);
            if (low == 0xdc00 && (lastHigh > high || lastLow == 0xdfff))
            {
                int to = lastLow == 0xdfff ? lastHigh : lastHigh - 1;
                yield return $@"[{Unit(high)}-{Unit(to)}][\udc00-\udfff]";
                first += (to - high + 1) << 10;
            }
            else
            {
                int to = high == lastHigh ? lastLow : 0xdfff;
                yield return $"{Unit(high)}[{Unit(low)}-{Unit(to)}]";
                first += to - low + 1;
            }
        }
    }

    private static string[]? Categories(string name) => name switch
    {
        "L" or "Letter" or "Alphabetic" or "Alpha" => name[0] == 'L' ? ["L"] : ["L", "Nl", "Mn", "Mc"],
        "LC" or "Cased_Letter" => ["Lu", "Ll", "Lt"],
        "Lu" or "Uppercase_Letter" or "Uppercase" => ["Lu"],
        "Ll" or "Lowercase_Letter" or "Lowercase" => ["Ll"],
        "Lt" or "Titlecase_Letter" => ["Lt"],
        "Lm" or "Modifier_Letter" => ["Lm"],
        "Lo" or "Other_Letter" => ["Lo"],
        "M" or "Mark" or "Combining_Mark" => ["M"],
        "Mn" or "Nonspacing_Mark" => ["Mn"],
        "Mc" or "Spacing_Mark" => ["Mc"],
        "Me" or "Enclosing_Mark" => ["Me"],
        "N" or "Number" => ["N"],
        "Nd" or "Decimal_Number" or "digit" => ["Nd"],
        "Nl" or "Letter_Number" => ["Nl"],
        "No" or "Other_Number" => ["No"],
        "P" or "Punctuation" or "punct" => ["P"],
        "Pc" or "Connector_Punctuation" => ["Pc"],
        "Pd" or "Dash_Punctuation" => ["Pd"],
        "Ps" or "Open_Punctuation" => ["Ps"],
        "Pe" or "Close_Punctuation" => ["Pe"],
        "Pi" or "Initial_Punctuation" => ["Pi"],
        "Pf" or "Final_Punctuation" => ["Pf"],
        "Po" or "Other_Punctuation" => ["Po"],
        "S" or "Symbol" => ["S"],
        "Sm" or "Math_Symbol" => ["Sm"],
        "Sc" or "Currency_Symbol" => ["Sc"],
        "Sk" or "Modifier_Symbol" => ["Sk"],
        "So" or "Other_Symbol" => ["So"],
        "Z" or "Separator" => ["Z"],
        "Zs" or "Space_Separator" => ["Zs"],
        "Zl" or "Line_Separator" => ["Zl"],
        "Zp" or "Paragraph_Separator" => ["Zp"],
        "C" or "Other" => ["C"],
        "Cc" or "Control" or "cntrl" => ["Cc"],
        "Cf" or "Format" => ["Cf"],
        "Co" or "Private_Use" => ["Co"],
        "Cn" or "Unassigned" => ["Cn"],
        "ASCII" => ["IsBasicLatin"],
        "Any" => ["L", "M", "N", "P", "S", "Z", "C"],
        _ => null,
    };

    private static string? ScriptRanges(string script) => script switch
    {
        "Latin" or "Latn" => @"A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u02e0-\u02e4\u1d00-\u1d25\u1e00-\u1eff\u2c60-\u2c7f\ua722-\ua787\uff21-\uff3a\uff41-\uff5a",
        "Greek" or "Grek" => @"\u0370-\u0373\u0375-\u0377\u037a-\u037d\u037f\u0384\u0386\u0388-\u03e1\u03f0-\u03ff\u1f00-\u1fff",
        "Cyrillic" or "Cyrl" => @"\u0400-\u0484\u0487-\u052f\u1c80-\u1c88\u1d2b\u2de0-\u2dff\ua640-\ua69f",
        "Armenian" or "Armn" => @"\u0531-\u0556\u0559-\u058a\u058d-\u058f",
        "Hebrew" or "Hebr" => @"\u0591-\u05f4\ufb1d-\ufb4f",
        "Arabic" or "Arab" => @"\u0600-\u0604\u0606-\u060b\u060d-\u061a\u061c-\u061e\u0620-\u063f\u0641-\u064a\u0656-\u066f\u0671-\u06dc\u06de-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
        "Devanagari" or "Deva" => @"\u0900-\u0950\u0955-\u0963\u0966-\u097f",
        "Thai" => @"\u0e01-\u0e3a\u0e40-\u0e5b",
        "Hangul" or "Hang" => @"\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
        "Hiragana" or "Hira" => @"\u3041-\u3096\u309d-\u309f",
        "Katakana" or "Kana" => @"\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff\uff66-\uff9d",
        "Han" or "Hani" => @"\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
        _ => null,
    };
}
