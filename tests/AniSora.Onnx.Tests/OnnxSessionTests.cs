using System.Runtime.InteropServices;
using AniSora.Tests;

namespace AniSora.Onnx.Tests;

public sealed class OnnxSessionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static OnnxSession Affine(params object[] shape) => OnnxSession.FromBytes("affine.onnx", TinyModel.Affine(2, 1, shape).ToBytes());

    private string Written(string name, TinyModel model)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, model.ToBytes());
        return path;
    }

    [Fact]
    public void AModelSaysWhatItTakesAndGives()
    {
        using var session = OnnxSession.FromBytes("m", TinyModel.Affine(2, 1, "batch", 3, "width").Property("config", "{\"preset\": \"tiny\"}").Property("licence", "MIT ä").ToBytes());
        var input = Assert.Single(session.Inputs);
        Assert.Equal(("x", OnnxType.Float, "float [batch, 3, width]"), (input.Name, input.Type, input.Signature));
        Assert.Equal([new OnnxAxis(-1, "batch"), new OnnxAxis(3, ""), new OnnxAxis(-1, "width")], Assert.Single(session.Outputs).Axes);
        Assert.Equal("tiny", session.Metadata.Producer);
        Assert.Equal("a model for tests", session.Metadata.Description);
        Assert.Equal("{\"preset\": \"tiny\"}", session.Metadata.Properties["config"]);
        Assert.Equal("MIT ä", session.Metadata.Properties["licence"]);
    }

    [Fact]
    public void DynamicAxesTakeAnySize()
    {
        using var session = Affine("n", 2);
        foreach (int n in new[] { 1, 5, 1000 })
        {
            var x = Enumerable.Range(0, 2 * n).Select(i => 0.5f * i).ToArray();
            using var input = OnnxTensor.Of<float>(x, n, 2);
            using var output = session.Run(input);
            Assert.Equal([n, 2], output.Shape);
            Assert.Equal(x.Select(v => 2 * v + 1), output.Span<float>().ToArray());
        }
    }

    [Fact]
    public void NothingIsCopiedOnTheWayInOrOut()
    {
        using var session = Affine(4);
        float[] x = [1, 2, 3, 4], y = new float[4];
        using var input = OnnxTensor.Of<float>(x, 4);
        using var output = OnnxTensor.Of<float>(y, 4);
        var (inputs, outputs) = (new Dictionary<string, OnnxTensor> { ["x"] = input }, new Dictionary<string, OnnxTensor> { ["y"] = output });
        session.RunInto(inputs, outputs);
        Assert.Equal([3, 5, 7, 9], y);
        x[0] = 10;
        session.RunInto(inputs, outputs);
        Assert.Equal([21, 5, 7, 9], y);
    }

    [Fact]
    public unsafe void NativeMemoryIsTakenAsItIs()
    {
        using var session = Affine(3);
        float* memory = (float*)NativeMemory.Alloc(3, sizeof(float));
        try
        {
            new Span<float>([5, 6, 7]).CopyTo(new Span<float>(memory, 3));
            using var input = OnnxTensor.Over((nint)memory, OnnxType.Float, 3);
            using var output = session.Run(input);
            Assert.Equal([11, 13, 15], output.Span<float>().ToArray());
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    [Fact]
    public void WholeNumbersAndBytesGoThrough()
    {
        var model = new TinyModel().Input("i", OnnxType.Int64, "n").Input("b", OnnxType.UInt8, "n").Output("sum", OnnxType.Int64, "n").Output("byte", OnnxType.UInt8, "n")
            .Node("Add", ["i", "i"], "sum").Node("Identity", ["b"], "byte");
        using var session = OnnxSession.FromBytes("m", model.ToBytes());
        using OnnxTensor i = OnnxTensor.Of<long>(new long[] { 1L << 40, -3 }, 2), b = OnnxTensor.Of<byte>(new byte[] { 200, 7 }, 2);
        var results = session.Run(new Dictionary<string, OnnxTensor> { ["b"] = b, ["i"] = i });
        Assert.Equal([1L << 41, -6], results[0].Span<long>().ToArray());
        Assert.Equal([200, 7], results[1].Span<byte>().ToArray());
        Assert.Throws<ArgumentException>(() => results[1].Span<float>().Length);
        Array.ForEach(results, r => r.Dispose());
        Assert.Throws<ObjectDisposedException>(() => results[0].Span<long>().Length);
    }

    [Fact]
    public void ManyThreadsShareASession()
    {
        using var session = Affine("n");
        Parallel.For(0, 200, i =>
        {
            using var input = OnnxTensor.Of<float>(Enumerable.Repeat((float)i, i + 1).ToArray(), i + 1);
            using var output = session.Run(input);
            Assert.All(output.Span<float>().ToArray(), v => Assert.Equal(2 * i + 1, v));
        });
    }

    [Fact]
    public void ThreadsDoNotChangeResults()
    {
        var model = new TinyModel().Input("x", OnnxType.Float, 64, 64).Output("y", OnnxType.Float, 64, 64).Node("MatMul", ["x", "x"], "y").ToBytes();
        var random = new Random(3);
        var x = Enumerable.Range(0, 64 * 64).Select(_ => (float)random.NextDouble()).ToArray();
        float[] With(int threads)
        {
            using var session = OnnxSession.FromBytes("m", model, new OnnxSessionOptions { Threads = threads });
            using var input = OnnxTensor.Of<float>(x, 64, 64);
            using var output = session.Run(input);
            return output.Span<float>().ToArray();
        }
        Assert.Equal(With(1), With(3));
    }

    [Fact]
    public void ARunStopsWhenItIsToldTo()
    {
        // Some minutes of work.
        const int Side = 512, Products = 20_000;
        var model = new TinyModel().Input("x", OnnxType.Float, Side, Side).Output("y", OnnxType.Float, Side, Side);
        for (int i = 0; i < Products; i++)
            model.Node("MatMul", [i == 0 ? "x" : $"y{i}", "x"], i == Products - 1 ? "y" : $"y{i + 1}");
        using var session = OnnxSession.FromBytes("long.onnx", model.ToBytes(), new OnnxSessionOptions { Threads = 1 });
        using var input = OnnxTensor.Of<float>(new float[Side * Side], Side, Side);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.Throws<OperationCanceledException>(() => session.Run(input, stop.Token));
        Assert.Throws<OperationCanceledException>(() => session.Run(input, stop.Token));
    }

    [Fact]
    public void WrongInputsAreNamed()
    {
        using var session = OnnxSession.FromBytes("pair.onnx", new TinyModel().Input("a", OnnxType.Float, "n", 3).Input("b", OnnxType.Float, "n", 3)
            .Output("y", OnnxType.Float, "n", 3).Node("Add", ["a", "b"], "y").ToBytes());
        using OnnxTensor two = OnnxTensor.Of<float>(new float[6], 2, 3), one = OnnxTensor.Of<float>(new float[3], 1, 3), wide = OnnxTensor.Of<float>(new float[8], 2, 4),
            flat = OnnxTensor.Of<float>(new float[6], 6), whole = OnnxTensor.Of<long>(new long[6], 2, 3);
        string Error(params (string, OnnxTensor)[] inputs) => Assert.Throws<InputException>(() => session.Run(inputs.ToDictionary(i => i.Item1, i => i.Item2))).Message;
        Assert.Equal("pair.onnx: input \"b\" (float [n, 3]) is not given; given: \"a\"", Error(("a", two)));
        Assert.Equal("pair.onnx: has no input \"c\"; it has \"a\", \"b\"", Error(("a", two), ("b", two), ("c", two)));
        Assert.Equal("pair.onnx: input \"a\" is float [n, 3], got float [2, 4]", Error(("a", wide), ("b", two)));
        Assert.Equal("pair.onnx: input \"a\" is float [n, 3], got float [6]", Error(("a", flat), ("b", two)));
        Assert.Equal("pair.onnx: input \"b\" is float [n, 3], got int64 [2, 3]", Error(("a", two), ("b", whole)));
        Assert.Contains("axis \"n\" is 2 in input \"a\" and 1 in input \"b\"", Error(("a", two), ("b", one)));
        Assert.Contains("has no output \"z\"", Assert.Throws<InputException>(() => session.Run(new Dictionary<string, OnnxTensor> { ["a"] = two, ["b"] = two }, ["z"])).Message);
        Assert.Throws<ArgumentException>(() => OnnxTensor.Of<float>(new float[5], 2, 3));
        Assert.Throws<ArgumentException>(() => OnnxTensor.Of<char>(new char[2], 2));
    }

    [Fact]
    public void ARunThatFailsInsideNamesTheModel()
    {
        using var session = OnnxSession.FromBytes("broadcast.onnx", new TinyModel().Input("a", OnnxType.Float, "n").Input("b", OnnxType.Float, "m")
            .Output("y", OnnxType.Float, "k").Node("Add", ["a", "b"], "y").ToBytes());
        using OnnxTensor two = OnnxTensor.Of<float>(new float[2], 2), three = OnnxTensor.Of<float>(new float[3], 3);
        string message = Assert.Throws<InputException>(() => session.Run(new Dictionary<string, OnnxTensor> { ["a"] = two, ["b"] = three })).Message;
        Assert.StartsWith("broadcast.onnx: ONNX Runtime: ", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void BadFilesAreNamed()
    {
        string Error(string path) => Assert.Throws<InputException>(() => OnnxSession.Open(path)).Message;
        string missing = Path.Combine(_folder, "missing.onnx"), damaged = Path.Combine(_folder, "ä b.onnx"), empty = Path.Combine(_folder, "empty.onnx");
        File.WriteAllBytes(damaged, TinyModel.Affine(1, 1, 4).ToBytes()[..^20]);
        File.WriteAllBytes(empty, []);
        Assert.Contains("no such file", Error(missing));
        Assert.Contains("is a folder", Error(_folder));
        Assert.StartsWith($"{damaged}: ONNX Runtime: ", Error(damaged));
        Assert.StartsWith($"{empty}: ONNX Runtime: ", Error(empty));
        string unknown = Written("unknown.onnx", new TinyModel().Input("x", OnnxType.Float, 1).Output("y", OnnxType.Float, 1).Node("Frobnicate", ["x"], "y"));
        Assert.Contains("Frobnicate", Error(unknown));
    }

    [Fact]
    public void WeightsInAFileBesideTheModelAreFoundOrMissed()
    {
        string path = Written("outside.onnx", new TinyModel().Input("x", OnnxType.Float, 2).Output("y", OnnxType.Float, 2)
            .ExternalWeight("w", "outside.data", 2).Node("Mul", ["x", "w"], "y"));
        string message = Assert.Throws<InputException>(() => OnnxSession.Open(path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains("outside.data", message);
        File.WriteAllBytes(Path.Combine(_folder, "outside.data"), MemoryMarshal.AsBytes<float>([3, 4]).ToArray());
        using var session = OnnxSession.Open(path);
        using var input = OnnxTensor.Of<float>(new float[] { 1, 2 }, 2);
        using var output = session.Run(input);
        Assert.Equal([3, 8], output.Span<float>().ToArray());
    }

    [Fact]
    public void ProvidersAreListedAndChosenByName()
    {
        Assert.Contains("cpu", OnnxRuntime.Providers);
        Assert.StartsWith("1.", OnnxRuntime.Version);
        using (OnnxSession.FromBytes("m", TinyModel.Affine(1, 0, 1).ToBytes(), new OnnxSessionOptions { Provider = "CPU" }))
        {
        }
        string message = Assert.Throws<InputException>(() => OnnxSession.FromBytes("m", TinyModel.Affine(1, 0, 1).ToBytes(), new OnnxSessionOptions { Provider = "abacus" })).Message;
        Assert.StartsWith("--provider abacus: ", message);
        Assert.All(OnnxRuntime.Providers, p => Assert.Contains(p, message));
    }

    [Fact]
    public async Task ASessionMayBeDisposedWhileItRuns()
    {
        var session = OnnxSession.FromBytes("m", new TinyModel().Input("x", OnnxType.Float, 512, 512).Output("y", OnnxType.Float, 512, 512)
            .Node("MatMul", ["x", "x"], "a").Node("MatMul", ["a", "a"], "y").ToBytes());
        using var started = new SemaphoreSlim(0);
        var run = Task.Run(() =>
        {
            using var input = OnnxTensor.Of<float>(new float[512 * 512], 512, 512);
            started.Release();
            try
            {
                using var output = session.Run(input);
                return output.Length;
            }
            catch (ObjectDisposedException)
            {
                return 512 * 512;
            }
        });
        await started.WaitAsync();
        session.Dispose();
        Assert.Equal(512 * 512, await run);
    }
}
