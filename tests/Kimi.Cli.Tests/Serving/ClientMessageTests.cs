using System.Text;
using System.Text.Json;
using Kimi.Cli.Serving;
using Kimi.Engine;

namespace Kimi.Cli.Tests.Serving;

public sealed class ClientMessageTests
{
    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("garbage")]
    [InlineData("{\"jsonrpc\": \"2.0\", ")]
    [InlineData("{} {}")]
    [InlineData("\ufeff{}")]
    public void What_is_no_JSON_is_a_parse_error(string line) => Assert.Equal(-32700, Fail(line).Code);

    [Theory]
    [InlineData("[1,2]")]
    [InlineData("[]")]
    [InlineData("17")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("{\"jsonrpc\":\"1.1\",\"id\":\"x\",\"method\":\"cancel\"}")]
    [InlineData("{\"jsonrpc\":2.0,\"id\":\"x\",\"method\":\"cancel\"}")]
    [InlineData("{\"jsonrpc\":null,\"id\":\"x\",\"method\":\"cancel\"}")]
    [InlineData("{\"id\":17,\"method\":\"cancel\"}")]
    [InlineData("{\"id\":{},\"method\":\"cancel\"}")]
    [InlineData("{\"id\":\"x\",\"method\":5}")]
    [InlineData("{\"id\":\"x\",\"error\":\"bad\"}")]
    [InlineData("{\"id\":\"x\",\"error\":{\"code\":1}}")]
    public void What_is_no_message_is_an_invalid_request(string line) => Assert.Equal(new RpcError(-32600, "Invalid request"), Fail(line));

    [Theory]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"cancel\"}", "x", "cancel")]
    [InlineData("{\"id\":\"x\",\"method\":\"cancel\"}\r", "x", "cancel")]
    [InlineData("  \t{\"id\":null,\"method\":\"cancel\",\"more\":1}  ", null, "cancel")]
    [InlineData("{\"method\":\"cancel\"}", null, "cancel")]
    [InlineData("{\"id\":\"x\",\"method\":null,\"result\":{}}", "x", null)]
    [InlineData("{\"id\":\"x\",\"error\":null}", "x", null)]
    [InlineData("{}", null, null)]
    public void Messages_are_read(string line, string? id, string? method)
    {
        using ClientMessage message = ClientMessage.Read(Encoding.UTF8.GetBytes(line), out _)!;
        Assert.Equal((id, method), (message.Id, message.Method));
    }

    [Fact]
    public void Invalid_bytes_are_replaced()
    {
        byte[] line = [.. "{\"id\":\"a"u8, 0xff, 0xc3, .. "\",\"method\":\"cancel\"}"u8];
        using ClientMessage message = ClientMessage.Read(line, out _)!;
        Assert.Equal("a\ufffd\ufffd", message.Id);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"yes\"", true)]
    [InlineData("\"On\"", true)]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("\"no\"", false)]
    [InlineData("\"maybe\"", null)]
    [InlineData("2", null)]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    public void Truth_values_are_lenient(string json, bool? expected)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(expected, InitializeParameters.ReadBool(document.RootElement));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"protocol_version\":1}")]
    [InlineData("{\"protocol_version\":\"1\",\"client\":{}}")]
    [InlineData("{\"protocol_version\":\"1\",\"client\":{\"name\":\"a\",\"version\":2}}")]
    [InlineData("{\"protocol_version\":\"1\",\"client\":\"a\"}")]
    [InlineData("{\"protocol_version\":\"1\",\"external_tools\":{}}")]
    [InlineData("{\"protocol_version\":\"1\",\"external_tools\":[{\"name\":\"a\",\"description\":\"\"}]}")]
    [InlineData("{\"protocol_version\":\"1\",\"external_tools\":[{\"name\":\"a\",\"parameters\":{}}]}")]
    [InlineData("{\"protocol_version\":\"1\",\"hooks\":[{\"id\":\"a\"}]}")]
    [InlineData("{\"protocol_version\":\"1\",\"hooks\":[{\"id\":\"a\",\"event\":\"Stop\",\"timeout\":\"soon\"}]}")]
    [InlineData("{\"protocol_version\":\"1\",\"hooks\":[{\"id\":\"a\",\"event\":\"Stop\",\"matcher\":null}]}")]
    [InlineData("{\"protocol_version\":\"1\",\"capabilities\":[]}")]
    [InlineData("{\"protocol_version\":\"1\",\"capabilities\":{\"supports_question\":\"perhaps\"}}")]
    public void Wrong_initialize_parameters_are_refused(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Null(InitializeParameters.Read(document.RootElement));
    }

    [Fact]
    public void Initialize_parameters_are_read()
    {
        using JsonDocument document = JsonDocument.Parse("""
            {"protocol_version":"9","more":1,"client":{"name":"desk","version":null},"capabilities":{"supports_question":"yes"},
             "external_tools":[{"name":"t","description":"","parameters":{"type":"object"}}],
             "hooks":[{"id":"a","event":"Stop"},{"id":"b","event":"PreToolUse","matcher":"x|y","timeout":"7"}]}
            """);
        ClientRegistration read = InitializeParameters.Read(document.RootElement)!;
        Assert.Equal(("desk", null, true, false), (read.Name, read.Version, read.SupportsQuestion, read.SupportsPlanMode));
        Assert.Equal("t", Assert.Single(read.Tools).Name);
        Assert.Equal([new ClientHook("a", "Stop"), new ClientHook("b", "PreToolUse", "x|y", 7)], read.Hooks);
    }

    [Fact]
    public void What_is_not_told_stays_as_it_was()
    {
        using JsonDocument document = JsonDocument.Parse("""{"protocol_version":"9","capabilities":null,"client":null}""");
        ClientRegistration read = InitializeParameters.Read(document.RootElement)!;
        Assert.Equal((null, null, null), (read.Name, read.SupportsQuestion, read.SupportsPlanMode));
    }

    private static RpcError Fail(string line)
    {
        Assert.Null(ClientMessage.Read(Encoding.UTF8.GetBytes(line), out RpcError? error));
        return error!;
    }
}
