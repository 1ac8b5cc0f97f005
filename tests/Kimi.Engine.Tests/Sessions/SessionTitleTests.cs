using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;

namespace Kimi.Engine.Tests.Sessions;

public sealed class SessionTitleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("hi", "hi")]
    [InlineData("I am   Ada\nand I live in a rather long sentence about gardens", "I am Ada and I live in a rather long sentence…")]
    [InlineData("12345678901234567890123456789012345678901234567890", "12345678901234567890123456789012345678901234567890")]
    [InlineData("123456789012345678901234567890123456789012345678901", "1234567890123456789012345678901234567890123456789…")]
    [InlineData("a 23456789012345678901234567890123456789012345678901", "a…")]
    [InlineData("1234567890123456789012345678901234567890123456789 1", "1234567890123456789012345678901234567890123456789…")]
    [InlineData(" \n\t", null)]
    public void A_title_is_cut_at_a_word_within_fifty_characters(string input, string? title) => Assert.Equal(title, SessionTitle.FromInput(new UserInput(input)));

    [Fact]
    public void Characters_are_code_points_and_parts_are_joined()
    {
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 49)) + "…", SessionTitle.FromInput(new UserInput(string.Concat(Enumerable.Repeat("😀", 51)))));
        Assert.Equal("a b", SessionTitle.FromInput(new UserInput([new TextPart("a"), new ImageUrlPart("x"), new TextPart("b")])));
    }

    [Fact]
    public void Without_a_title_the_first_turn_of_the_record_gives_it()
    {
        SessionState state = new(_directory.Path);
        string wire = _directory["wire.jsonl"];
        Assert.Equal("Untitled", SessionTitle.Display(state, wire));
        File.WriteAllText(wire, "{\"type\": \"metadata\", \"protocol_version\": \"1.10\"}\nbroken \"TurnBegin\"\n{\"timestamp\": 1.5, \"message\": {\"type\": \"TurnBegin\", \"payload\": {\"user_input\": \"first  words\"}}}\n");
        Assert.Equal("first words", SessionTitle.Display(state, wire));
        state.CustomTitle = "Mine";
        Assert.Equal("Mine", SessionTitle.Display(state, wire));
    }
}
