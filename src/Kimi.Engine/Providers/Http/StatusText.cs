using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Http;

/// <summary>The message of an error status.</summary>
internal static class StatusText
{
    /// <summary>A JSON body as a literal behind the status; another body alone; no body: the status alone.</summary>
    public static string Describe(int status, string body)
    {
        string text = body.Trim();
        if (text.Length == 0)
        {
            return $"Error code: {status}";
        }

        try
        {
            return $"Error code: {status} - {PythonLiteral.Display(LenientJson.Parse(text))}";
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
