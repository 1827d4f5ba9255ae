namespace AniSora.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Creates_the_file_and_its_folders()
    {
        var path = _folder["a/b/c.txt"];
        AtomicFile.WriteText(path, "first");
        AtomicFile.WriteText(path, "zweite, größer");
        Assert.Equal("zweite, größer", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_says_so()
    {
        var path = _folder["weights.bin"];
        AtomicFile.WriteText(path, "precious");
        // A real device that is always full: the error comes from the kernel, when the buffer is flushed.
        var e = Assert.Throws<InputException>(() => AtomicFile.Write(path,
            stream => stream.Write(new byte[100_000]), _ => new FileStream("/dev/full", FileMode.Open, FileAccess.Write)));
        Assert.Contains("weights.bin", e.Message);
        Assert.Contains("disk full: free space or choose another folder", e.Message);
        Assert.Equal("precious", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_failing_writer_leaves_no_trace_and_its_error_passes_through()
    {
        var path = _folder["x.bin"];
        Assert.Throws<FormatException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new FormatException("from the writer");
        }));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void An_impossible_name_is_an_input_error(string path) =>
        Assert.Throws<InputException>(() => AtomicFile.WriteText(path, "x"));

    [Fact]
    public void A_folder_in_the_way_is_an_input_error()
    {
        var e = Assert.Throws<InputException>(() => AtomicFile.WriteText(_folder.Path, "x"));
        Assert.Contains(_folder.Path, e.Message);
        AtomicFile.WriteText(_folder["file"], "x");
        Assert.Throws<InputException>(() => AtomicFile.WriteText(_folder["file/below"], "x"));
    }
}
