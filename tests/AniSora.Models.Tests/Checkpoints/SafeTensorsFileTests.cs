using System.Buffers.Binary;
using System.Text;
using AniSora.Models.Checkpoints;
using FsCheck;
using FsCheck.Fluent;

namespace AniSora.Models.Tests;

public sealed class SafeTensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reading_a_file_keeps_no_second_copy_of_it_resident()
    {
        if (!File.Exists("/proc/self/smaps"))
            return;
        var path = _folder["weights.safetensors"];
        SafeTensorsFile.SaveRaw(path, [new("a", "F32", [64, 1024, 256], new byte[64 << 20])], new Dictionary<string, string>());
        using var file = SafeTensorsFile.Open(path);
        file.Verify();
        using var a = file.Load("a");
        Assert.Equal(64 * 1024 * 256, a.numel());
        Assert.InRange(ResidentOf(path), 0, 4096);
    }

    /// <summary>KiB of a mapped file that are resident in this process.</summary>
    private static long ResidentOf(string path)
    {
        long sum = 0;
        var mine = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal))
                sum += mine ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
            else if (line.Contains('-', StringComparison.Ordinal) && !line.Contains(": ", StringComparison.Ordinal))
                mine = line.EndsWith(path, StringComparison.Ordinal);
        }
        return sum;
    }

    [Fact]
    public void Raw_tensors_come_back_as_they_were()
    {
        var path = _folder["raw.safetensors"];
        RawTensor[] given =
        [
            new("frames", "U8", [2, 3], new byte[] { 1, 2, 3, 4, 5, 6 }),
            new("größe", "I64", [], BitConverter.GetBytes(-7L)),
            new("empty", "F32", [0, 5], Array.Empty<byte>()),
            new("half", "F16", [1], new byte[] { 0, 60 }),
        ];
        SafeTensorsFile.SaveRaw(path, given, new Dictionary<string, string> { ["licence"] = "GPL \"2\"", ["n"] = "" });
        using var file = SafeTensorsFile.Open(path);
        Assert.Equal(given.Select(g => g.Name).Order(), file.Names.Order());
        foreach (var tensor in given)
        {
            Assert.Equal(tensor.Data.ToArray(), file.Bytes(tensor.Name).ToArray());
            Assert.Equal(tensor.Shape, file.Entry(tensor.Name).Shape);
            Assert.Equal(tensor.DType, file.Entry(tensor.Name).DType);
            var offset = (int)file.Entry(tensor.Name).Offset;
            Assert.Equal(tensor.Data.ToArray(), File.ReadAllBytes(path)[offset..(offset + tensor.Data.Length)]);
        }
        Assert.Equal(new Dictionary<string, string> { ["licence"] = "GPL \"2\"", ["n"] = "" }, file.Metadata);
        var part = new byte[2];
        file.Read("frames", 3, part);
        Assert.Equal([4, 5], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read("frames", 5, part));
        Assert.True(file.Verify(required: true));
    }

    [Fact]
    public void Tensors_of_every_type_come_back_bit_for_bit()
    {
        var path = _folder["tensors.safetensors"];
        using var scope = NewDisposeScope();
        var tensors = new[] { float32, float64, float16, bfloat16, int8, int16, int32, int64, uint8, ScalarType.Bool }
            .Select(type => ($"t.{type}", rand([3, 5]).mul(2).to(type))).ToList();
        tensors.Add(("turned", arange(6, float32).reshape(2, 3).t()));
        tensors.Add(("number", tensor(3.5)));
        TensorFile.Save(path, tensors);
        using var file = SafeTensorsFile.Open(path);
        foreach (var (name, tensor) in tensors)
        {
            var back = file.Load(name);
            Assert.Equal(tensor.dtype, back.dtype);
            Assert.Equal(tensor.shape, back.shape);
            Assert.Equal(tensor.contiguous().bytes.ToArray(), back.bytes.ToArray());
        }
    }

    [Fact]
    public void A_closed_file_says_so_and_an_unaligned_tensor_can_be_read()
    {
        var path = Write("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"I32","shape":[1],"data_offsets":[1,5]}}""", [9, 1, 0, 0, 0]);
        var file = SafeTensorsFile.Open(path);
        Assert.NotEqual(0, file.Entry("b").Offset % 4);
        using (var copy = file.Load("b"))
            Assert.Equal(1, copy.item<int>());
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Load("b"));
    }

    [Theory]
    [InlineData("[1]", 0)]
    [InlineData("{\"a\"", 0)]
    [InlineData("{\"a\":{}}", 0)]
    [InlineData("{\"a\":[]}", 0)]
    [InlineData("{} {}", 0)]
    [InlineData("{\"__metadata__\":{\"n\":1}}", 0)]
    [InlineData("""{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}""", 0)]
    [InlineData("""{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}}""", 9)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5)]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4)]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)]
    public void A_header_that_lies_is_one_clear_line(string json, int dataLength)
    {
        var path = Write(json, new byte[dataLength]);
        var e = Assert.Throws<InputException>(() => SafeTensorsFile.Open(path));
        Assert.StartsWith(path, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    [InlineData(-1)]
    public void A_truncated_file_is_an_input_error(int length)
    {
        var path = Sample();
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(length < 0 ? bytes.Length + length : length)]);
        Assert.StartsWith(path, Assert.Throws<InputException>(() => SafeTensorsFile.Open(path)).Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue / 2)]
    [InlineData(100_000_001UL)]
    [InlineData(1_000_000UL)]
    public void A_header_length_beyond_the_file_is_an_input_error(ulong length)
    {
        var path = Sample();
        var bytes = File.ReadAllBytes(path);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InputException>(() => SafeTensorsFile.Open(path));
    }

    [Theory]
    [InlineData("version https://git-lfs.example/spec/v1\noid sha256:00\nsize 5\n", "git lfs pull")]
    [InlineData("PK\u0003\u0004\u0000\u0000\u0008\u0008archive/data.pkl", "pickle")]
    [InlineData("\u0080\u0002ccollections\nOrderedDict", "pickle")]
    [InlineData("\n<!DOCTYPE html><html>", "web page")]
    public void What_lies_in_the_weights_place_is_named(string content, string said)
    {
        File.WriteAllText(_folder["model.safetensors"], content, System.Text.Encoding.Latin1);
        var message = Assert.Throws<InputException>(() => SafeTensorsFile.Open(_folder["model.safetensors"])).Message;
        Assert.StartsWith(_folder["model.safetensors"], message);
        Assert.Contains(said, message);
    }

    [Theory]
    [InlineData(ScalarType.Float32, double.NaN, 41)]
    [InlineData(ScalarType.Float32, double.PositiveInfinity, 0)]
    [InlineData(ScalarType.Float64, double.NegativeInfinity, 42)]
    [InlineData(ScalarType.Float16, double.NaN, 40)]
    [InlineData(ScalarType.BFloat16, double.PositiveInfinity, 7)]
    public void NaN_and_infinity_are_named_when_they_are_loaded(ScalarType type, double value, int at)
    {
        using var sound = full([43], -65000, type);
        using var broken = sound.clone();
        broken[at] = value;
        TensorFile.Save(_folder["w.safetensors"], [("block.0.sound", sound), ("block.0.broken", broken)]);
        using var file = SafeTensorsFile.Open(_folder["w.safetensors"]);
        file.Load("block.0.sound").Dispose();
        var message = Assert.Throws<InputException>(() => file.Load("block.0.broken")).Message;
        Assert.Contains($"tensor 'block.0.broken' (layer 'block.0') holds NaN or infinity, the first at number {at} of 43", message);
    }

    [Fact]
    public void Missing_files_folders_and_names_are_input_errors()
    {
        Assert.Contains("no such file", Assert.Throws<InputException>(() => SafeTensorsFile.Open(_folder["none"])).Message);
        Assert.Contains("folder", Assert.Throws<InputException>(() => SafeTensorsFile.Open(_folder.Path)).Message);
        Assert.Throws<InputException>(() => SafeTensorsFile.Open(""));
        using var file = SafeTensorsFile.Open(Sample());
        Assert.Contains("'weights'", Assert.Throws<InputException>(() => file.Entry("nothing")).Message);
    }

    [Fact]
    public void Corrupted_headers_never_do_worse_than_an_input_error()
    {
        var path = Sample();
        var original = File.ReadAllBytes(path);
        var header = (int)BinaryPrimitives.ReadUInt64LittleEndian(original) + 8;
        var change = from at in Gen.Choose(0, header - 1) from value in Gen.Choose(0, 255) select (at, (byte)value);
        Prop.ForAll(change.ListOf().ToArbitrary(), changes =>
        {
            var bytes = (byte[])original.Clone();
            foreach (var (at, value) in changes)
                bytes[at] = value;
            File.WriteAllBytes(path, bytes);
            try
            {
                using var file = SafeTensorsFile.Open(path);
                // Whatever is still accepted must be readable to its last byte.
                return file.Names.All(name => Sum(file.Bytes(name)) >= 0) && file.Names.Count <= 2;
            }
            catch (InputException e)
            {
                return !e.Message.Contains('\n');
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_shapes_and_names_make_the_round_trip()
    {
        var shape = Gen.Choose(0, 4).Select(n => (long)n).ListOf().Select(s => s.Take(4).ToArray());
        var name = ArbMap.Default.GeneratorFor<NonEmptyString>().Select(s => s.Get);
        var one = from n in name from s in shape from type in Gen.Elements("U8", "F32", "F64", "BF16", "BOOL") select (n, s, type);
        var path = _folder["any.safetensors"];
        Prop.ForAll(one.ListOf().ToArbitrary(), list =>
        {
            var seed = 0;
            // Names that are no Unicode cannot be written as JSON.
            var tensors = list.Where(t => t.n != "__metadata__" && !t.n.Any(char.IsSurrogate)).DistinctBy(t => t.n)
                .Select(t => new RawTensor(t.n, t.type, t.s, Noise((int)SafeTensorsDType.ByteCount(t.type, t.s), seed++))).ToList();
            SafeTensorsFile.SaveRaw(path, tensors);
            using var file = SafeTensorsFile.Open(path);
            return file.Names.Count == tensors.Count && file.Verify()
                && tensors.All(t => file.Bytes(t.Name).SequenceEqual(t.Data.Span) && file.Entry(t.Name).Shape.SequenceEqual(t.Shape));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_found()
    {
        var path = Sample();
        var original = File.ReadAllBytes(path);
        for (var bit = 0; bit < original.Length * 8; bit += 13)
        {
            var bytes = (byte[])original.Clone();
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(path, bytes);
            Assert.Throws<InputException>(() =>
            {
                using var file = SafeTensorsFile.Open(path);
                file.Verify(required: true);
            });
        }
    }

    [Fact]
    public void A_file_of_another_program_has_no_digest()
    {
        using var file = SafeTensorsFile.Open(Write("{}", []));
        Assert.False(file.Verify());
        Assert.Throws<InputException>(() => file.Verify(required: true));
    }

    [Fact]
    public void Wrong_calls_are_argument_errors_and_write_nothing()
    {
        var path = _folder["wrong.safetensors"];
        Assert.Throws<ArgumentException>(() => SafeTensorsFile.SaveRaw(path, [new("a", "F32", [2], new byte[4])]));
        Assert.Throws<ArgumentException>(() => SafeTensorsFile.SaveRaw(path, [new("a", "F00", [1], new byte[4])]));
        Assert.Throws<ArgumentException>(() => SafeTensorsFile.SaveRaw(
            path, [new("a", "U8", [1], new byte[1]), new("a", "U8", [1], new byte[1])]));
        Assert.Throws<ArgumentException>(() => SafeTensorsFile.SaveRaw(path, [new("__metadata__", "U8", [1], new byte[1])]));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private string Sample()
    {
        var path = _folder["sample.safetensors"];
        SafeTensorsFile.SaveRaw(path, [new("weights", "F32", [2, 2], Noise(16, 1)), new("mask", "BOOL", [3], new byte[] { 1, 0, 1 })]);
        return path;
    }

    private string Write(string json, byte[] data)
    {
        var header = Encoding.UTF8.GetBytes(json + new string(' ', 7 - (Encoding.UTF8.GetByteCount(json) + 7) % 8));
        var path = _folder["given.safetensors"];
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. data]);
        return path;
    }

    private static byte[] Bytes(int[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static long Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0L;
        foreach (var value in bytes)
            sum += value;
        return sum;
    }
}
