using static AniSora.Torch.torch;

namespace AniSora.Torch.Tests;

public sealed class SafeTensorsIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Shards_read_as_one()
    {
        var given = Enumerable.Range(0, 7).Select(i => ($"layer.{i}.weight", rand([10]))).ToList();
        var path = SafeTensorsIndex.Save(_folder.Path, "model", given, maxShardBytes: 100);
        Assert.EndsWith("model.safetensors.index.json", path);
        using var index = SafeTensors.Open(_folder.Path);
        Assert.Equal(4, Assert.IsType<SafeTensorsIndex>(index).ShardPaths.Count);
        Assert.Equal(given.Select(g => g.Item1), index.Names);
        foreach (var (name, tensor) in given)
            Assert.Equal(tensor.bytes.ToArray(), index.Load(name).bytes.ToArray());
        Assert.Contains("280", File.ReadAllText(path));
    }

    [Fact]
    public void What_fits_one_file_needs_no_index()
    {
        var path = SafeTensorsIndex.Save(_folder.Path, "model", [("a", ones(3))], metadata: new Dictionary<string, string> { ["k"] = "v" });
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
        using var source = SafeTensors.Open(_folder.Path);
        Assert.Equal("v", source.Metadata["k"]);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":1}}""")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""")]
    [InlineData("""{"weight_map":{"b":"one.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"missing.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""")]
    [InlineData("""{"weight_map":{"a":""}}""")]
    public void A_bad_index_is_one_clear_line(string json)
    {
        SafeTensorsFile.SaveRaw(_folder["one.safetensors"], [new("a", "U8", [1], new byte[1])]);
        var path = _folder["model.safetensors.index.json"];
        File.WriteAllText(path, json);
        var e = Assert.Throws<InputException>(() => SafeTensorsIndex.Open(path));
        Assert.Contains(_folder.Path, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Folders_without_a_choice_are_input_errors()
    {
        Assert.Throws<InputException>(() => SafeTensors.Open(_folder.Path));
        Assert.Throws<InputException>(() => SafeTensors.Open(_folder["none.index.json"]));
        SafeTensorsFile.SaveRaw(_folder["a.safetensors"], []);
        SafeTensorsFile.SaveRaw(_folder["b.safetensors"], []);
        Assert.Throws<InputException>(() => SafeTensors.Open(_folder.Path));
    }
}
