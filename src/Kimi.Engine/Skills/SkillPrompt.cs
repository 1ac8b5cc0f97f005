using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Skills;

/// <summary>What <c>/skill:NAME</c> sends as the user's message.</summary>
internal static class SkillPrompt
{
    /// <summary>The whole trimmed file, then the user's own words; null when the file can no longer be read.</summary>
    public static string? Build(Skill skill, string arguments)
    {
        try
        {
            if (TextFile.Read(skill.File, strict: true)?.Trim() is not { } text)
            {
                return null;
            }

            string request = arguments.Trim();
            return request.Length == 0 ? text : $"{text}\n\nUser request:\n{request}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>What the user is told when <see cref="Build"/> gives null.</summary>
    public static string FailureText(string skillName) => $"Failed to load skill \"/skill:{skillName}\".";
}
