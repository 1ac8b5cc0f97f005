namespace Kimi.Engine.Sessions.Transcripts;

/// <summary>Which files can be imported, and which may hold secrets.</summary>
internal static class ImportFormats
{
    private static readonly string[] s_sensitive = [".env", "credentials", "secrets", ".pem", ".key", ".p12", ".pfx", ".keystore"];

    private static readonly HashSet<string> s_extensions = new(
        // documents
        (".md .markdown .mdx .txt .text .rst .adoc .asciidoc .org .tex .bib .rtf .srt .vtt .diff .patch "
        // data and configuration
        + ".json .jsonl .ndjson .json5 .jsonc .yaml .yml .toml .ini .cfg .conf .config .properties .env .csv .tsv .xml .xsd .xsl .plist .lock "
        + ".pem .key .proto .graphql .gql .editorconfig .gitignore .tf .tfvars .hcl .nix "
        // source code
        + ".py .pyi .pyw .ipynb .js .mjs .cjs .jsx .ts .mts .cts .tsx .java .kt .kts .scala .groovy .gradle .clj .go .rs .c .h .cc .cpp .cxx .hh .hpp .hxx "
        + ".cs .csx .fs .fsx .vb .csproj .props .targets .sln .slnx .m .mm .swift .dart .rb .erb .php .pl .pm .lua .r .jl .ex .exs .erl .hrl .hs .ml .mli "
        + ".elm .nim .zig .v .d .pas .asm .s .sql .sh .bash .zsh .fish .ps1 .psm1 .psd1 .bat .cmd .vim .el .lisp .scm .cmake .mk .make .dockerfile "
        // web
        + ".html .htm .xhtml .css .scss .sass .less .svg .vue .svelte .astro .hbs .ejs .jinja .j2 .tmpl "
        // logs
        + ".log .out .err .trace").Split(' '),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The extension of a file name with its dot; empty for none, and for names such as <c>.env</c>.</summary>
    public static string ExtensionOf(string fileName)
    {
        int dot = fileName.LastIndexOf('.');
        return dot <= 0 || dot == fileName.Length - 1 ? "" : fileName[dot..];
    }

    /// <summary>Whether a file of this extension can be imported.</summary>
    public static bool IsText(string extension) => extension.Length == 0 || s_extensions.Contains(extension);

    /// <summary>Whether the name says that the file may hold secrets.</summary>
    public static bool IsSensitive(string fileName)
    {
        foreach (string part in s_sensitive)
        {
            if (fileName.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
