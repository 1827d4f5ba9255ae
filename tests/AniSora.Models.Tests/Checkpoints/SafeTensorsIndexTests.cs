using AniSora.Models.Checkpoints;


namespace AniSora.Models.Tests;

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
        var given = Enumerable.Range(0, 7).Select(i => (Name: $"layer.{i}.weight", Value: rand([10]))).ToList();
        var shards = given.Chunk(2).Select((part, i) => (File: $"model-{i}.safetensors", Tensors: part)).ToList();
        foreach (var (file, tensors) in shards)
            TensorFile.Save(_folder[file], tensors);
        var map = shards.SelectMany(s => s.Tensors.Select(t => $"\"{t.Name}\":\"{s.File}\""));
        var path = _folder["model.safetensors.index.json"];
        File.WriteAllText(path, $"{{\"weight_map\":{{{string.Join(',', map)}}}}}");
        using var index = SafeTensorsIndex.Open(path);
        Assert.Equal(4, index.ShardPaths.Count);
        Assert.Equal(given.Select(g => g.Name), index.Names);
        foreach (var (name, tensor) in given)
            Assert.Equal(tensor.bytes.ToArray(), index.Load(name).bytes.ToArray());
    }

    [Fact]
    public void A_missing_shard_is_named_with_the_index_that_wants_it()
    {
        File.WriteAllText(_folder["i.json"], """{"weight_map":{"a":"two.safetensors"}}""");
        Assert.StartsWith($"{_folder["i.json"]}: names shard 'two.safetensors'", Assert.Throws<InputException>(() => SafeTensorsIndex.Open(_folder["i.json"])).Message);
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
}
