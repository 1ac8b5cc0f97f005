using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Files;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

public sealed class MediaToolTests : IDisposable
{
    /// <summary>The beginning of a PNG of 3 by 2 pixels; enough to tell its size.</summary>
    private static readonly byte[] s_png =
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R', 0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0];

    private readonly ToolBench _bench = new() { Capabilities = ModelCapabilities.ImageIn | ModelCapabilities.VideoIn };

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Read(string path) => _bench.Call(new ReadMediaFileTool(_bench.Services), Json(("path", path)));

    [Fact]
    public async Task An_image_comes_inline_with_its_size()
    {
        string path = _bench.Write("a'b.png", s_png);
        ToolReturnValue result = await Read("a'b.png");
        Assert.StartsWith($"Loaded image file `{path}` (image/png, {s_png.Length} bytes, original size 3x2px). ", result.Message, StringComparison.Ordinal);
        Assert.Equal(
            [
                new TextPart($"<image path=\"{path.Replace("'", "&#x27;", StringComparison.Ordinal)}\">"),
                new ImageUrlPart($"data:image/png;base64,{Convert.ToBase64String(s_png)}"),
                new TextPart("</image>"),
            ],
            result.OutputParts!);
    }

    [Fact]
    public async Task An_image_that_cannot_be_measured()
    {
        string path = _bench.Write("x.jpg", "not a picture");
        Assert.StartsWith($"Loaded image file `{path}` (image/jpeg, 13 bytes). ", (await Read("x.jpg")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_film_is_uploaded_or_inline()
    {
        string path = _bench.Write("f.mp4", "film");
        ToolReturnValue inline = await Read("f.mp4");
        Assert.Equal([new TextPart($"<video path=\"{path}\">"), new VideoUrlPart($"data:video/mp4;base64,{Convert.ToBase64String("film"u8)}"), new TextPart("</video>")], inline.OutputParts!);
        _bench.VideoUpload = new FakeUpload();
        Assert.Equal(new VideoUrlPart("ms://video/mp4/film"), (await Read("f.mp4")).OutputParts![1]);
    }

    [Fact]
    public async Task What_cannot_be_shown()
    {
        _bench.Write("t.txt", "text");
        _bench.Write("b.dat", "a\0b");
        string empty = _bench.Write("e.png", "");
        _bench.Write("f.mp4", "film");
        _bench.Write("p.png", s_png);
        (await Read("")).IsError("File path cannot be empty.", "Empty file path");
        (await Read("../x.png")).StartsError("`../x.png` is not an absolute path. You must provide an absolute path to read", "Invalid path");
        (await Read("none.png")).IsError("`none.png` does not exist.", "File not found");
        (await Read("t.txt")).IsError("`t.txt` is a text file. Use ReadFile to read text files.", "Unsupported file type");
        (await Read("b.dat")).StartsError("`b.dat` seems not readable as an image or video file.", "File not readable");
        (await Read("e.png")).IsError($"`{empty}` is empty.", "Empty file");
        await using (FileStream large = File.Create(_bench.PathOf("large.png")))
        {
            large.SetLength((100L * 1024 * 1024) + 1);
        }

        (await Read("large.png")).IsError($"`{_bench.PathOf("large.png")}` is 104857601 bytes, which exceeds the max 100MB bytes for media files.", "File too large");
        _bench.Capabilities = ModelCapabilities.ImageIn;
        (await Read("f.mp4")).IsError("The current model does not support video input. Tell the user to use a model with video input capability.", "Unsupported media type");
        _bench.Capabilities = ModelCapabilities.VideoIn;
        (await Read("p.png")).IsError("The current model does not support image input. Tell the user to use a model with image input capability.", "Unsupported media type");
    }

    [Theory]
    [InlineData("R0lGODlhAwACAA==", 3, 2)]
    [InlineData("Qk0AAAAAAAAAAAAAAAAoAAAAAwAAAAIAAAA=", 3, 2)]
    [InlineData("/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAACAAMDASIAAhEBAxEB", 3, 2)]
    [InlineData("UklGRgAAAABXRUJQVlA4TAAAAAAvAkAAAA==", 3, 2)]
    [InlineData("UklGRgAAAABXRUJQVlA4WAoAAAAAAAAAAgAAAQAA", 3, 2)]
    [InlineData("iVBORw0KGgo=", 0, 0)]
    public void Sizes_are_read_from_headers(string base64, int width, int height)
    {
        (int Width, int Height)? size = ImageSize.Of(Convert.FromBase64String(base64));
        Assert.Equal(width == 0 ? null : (width, height), size);
    }

    private sealed class FakeUpload : IVideoUpload
    {
        public Task<VideoUrlPart> UploadAsync(ReadOnlyMemory<byte> data, string mimeType, CancellationToken cancellationToken) =>
            Task.FromResult(new VideoUrlPart($"ms://{mimeType}/{Encoding.UTF8.GetString(data.Span)}"));
    }
}
