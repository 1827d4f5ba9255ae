using System.Runtime.InteropServices;
using AniSora.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Tests.Inference;

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
        Assert.Equal(("x", TensorElementType.Float, "float [batch, 3, width]"), (input.Name, input.Type, input.Signature));
        Assert.Equal("float [batch, 3, width]", Assert.Single(session.Outputs).Signature);
        Assert.Equal("tiny", session.Metadata.ProducerName);
        Assert.Equal("a model for tests", session.Metadata.Description);
        Assert.Equal("{\"preset\": \"tiny\"}", session.Metadata.CustomMetadataMap["config"]);
        Assert.Equal("MIT ä", session.Metadata.CustomMetadataMap["licence"]);
    }

    [Fact]
    public void DynamicAxesTakeAnySize()
    {
        using var session = Affine("n", 2);
        foreach (int n in new[] { 1, 5, 1000 })
        {
            var x = Enumerable.Range(0, 2 * n).Select(i => 0.5f * i).ToArray();
            using var input = OrtValue.CreateTensorValueFromMemory(x, [n, 2]);
            using var output = session.Run(input);
            Assert.Equal([n, 2], output.GetTensorTypeAndShape().Shape);
            Assert.Equal(x.Select(v => 2 * v + 1), output.GetTensorDataAsSpan<float>().ToArray());
        }
    }

    [Fact]
    public void NothingIsCopiedOnTheWayInOrOut()
    {
        using var session = Affine(4);
        float[] x = [1, 2, 3, 4], y = new float[4];
        using var input = OrtValue.CreateTensorValueFromMemory(x, [4]);
        using var output = OrtValue.CreateTensorValueFromMemory(y, [4]);
        var (inputs, outputs) = (new Dictionary<string, OrtValue> { ["x"] = input }, new Dictionary<string, OrtValue> { ["y"] = output });
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
            using var input = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [3], (nint)memory, 3 * sizeof(float));
            using var output = session.Run(input);
            Assert.Equal([11, 13, 15], output.GetTensorDataAsSpan<float>().ToArray());
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    [Fact]
    public void WholeNumbersAndBytesGoThrough()
    {
        var model = new TinyModel().Input("i", TensorElementType.Int64, "n").Input("b", TensorElementType.UInt8, "n").Output("sum", TensorElementType.Int64, "n").Output("byte", TensorElementType.UInt8, "n")
            .Node("Add", ["i", "i"], "sum").Node("Identity", ["b"], "byte");
        using var session = OnnxSession.FromBytes("m", model.ToBytes());
        using OrtValue i = OrtValue.CreateTensorValueFromMemory(new long[] { 1L << 40, -3 }, [2]), b = OrtValue.CreateTensorValueFromMemory(new byte[] { 200, 7 }, [2]);
        using var results = session.Run(new Dictionary<string, OrtValue> { ["b"] = b, ["i"] = i });
        Assert.Equal([1L << 41, -6], results[0].GetTensorDataAsSpan<long>().ToArray());
        Assert.Equal([200, 7], results[1].GetTensorDataAsSpan<byte>().ToArray());
    }

    [Fact]
    public void ManyThreadsShareASession()
    {
        using var session = Affine("n");
        Parallel.For(0, 200, i =>
        {
            using var input = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat((float)i, i + 1).ToArray(), [i + 1]);
            using var output = session.Run(input);
            Assert.All(output.GetTensorDataAsSpan<float>().ToArray(), v => Assert.Equal(2 * i + 1, v));
        });
    }

    [Fact]
    public void ThreadsDoNotChangeResults()
    {
        var model = new TinyModel().Input("x", TensorElementType.Float, 64, 64).Output("y", TensorElementType.Float, 64, 64).Node("MatMul", ["x", "x"], "y").ToBytes();
        var random = new Random(3);
        var x = Enumerable.Range(0, 64 * 64).Select(_ => (float)random.NextDouble()).ToArray();
        float[] With(int threads)
        {
            using var session = OnnxSession.FromBytes("m", model, new OnnxSessionOptions { Threads = threads });
            using var input = OrtValue.CreateTensorValueFromMemory(x, [64, 64]);
            using var output = session.Run(input);
            return output.GetTensorDataAsSpan<float>().ToArray();
        }
        Assert.Equal(With(1), With(3));
    }

    [Fact]
    public void ARunStopsWhenItIsToldTo()
    {
        // Some minutes of work.
        const int Side = 512, Products = 20_000;
        var model = new TinyModel().Input("x", TensorElementType.Float, Side, Side).Output("y", TensorElementType.Float, Side, Side);
        for (int i = 0; i < Products; i++)
            model.Node("MatMul", [i == 0 ? "x" : $"y{i}", "x"], i == Products - 1 ? "y" : $"y{i + 1}");
        using var session = OnnxSession.FromBytes("long.onnx", model.ToBytes(), new OnnxSessionOptions { Threads = 1 });
        using var input = OrtValue.CreateTensorValueFromMemory(new float[Side * Side], [Side, Side]);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.Throws<OperationCanceledException>(() => session.Run(input, stop.Token));
        Assert.Throws<OperationCanceledException>(() => session.Run(input, stop.Token));
    }

    [Fact]
    public void WrongInputsAreNamed()
    {
        using var session = OnnxSession.FromBytes("pair.onnx", new TinyModel().Input("a", TensorElementType.Float, "n", 3).Input("b", TensorElementType.Float, "n", 3)
            .Output("y", TensorElementType.Float, "n", 3).Node("Add", ["a", "b"], "y").ToBytes());
        using OrtValue two = OrtValue.CreateTensorValueFromMemory(new float[6], [2, 3]), one = OrtValue.CreateTensorValueFromMemory(new float[3], [1, 3]), wide = OrtValue.CreateTensorValueFromMemory(new float[8], [2, 4]),
            flat = OrtValue.CreateTensorValueFromMemory(new float[6], [6]), whole = OrtValue.CreateTensorValueFromMemory(new long[6], [2, 3]);
        string Error(params (string, OrtValue)[] inputs) => Assert.Throws<InputException>(() => session.Run(inputs.ToDictionary(i => i.Item1, i => i.Item2))).Message;
        Assert.Equal("pair.onnx: input \"b\" (float [n, 3]) is not given; given: \"a\"", Error(("a", two)));
        Assert.Equal("pair.onnx: has no input \"c\"; it has \"a\", \"b\"", Error(("a", two), ("b", two), ("c", two)));
        Assert.Equal("pair.onnx: input \"a\" is float [n, 3], got float [2, 4]", Error(("a", wide), ("b", two)));
        Assert.Equal("pair.onnx: input \"a\" is float [n, 3], got float [6]", Error(("a", flat), ("b", two)));
        Assert.Equal("pair.onnx: input \"b\" is float [n, 3], got int64 [2, 3]", Error(("a", two), ("b", whole)));
        Assert.Contains("axis \"n\" is 2 in input \"a\" and 1 in input \"b\"", Error(("a", two), ("b", one)));
        Assert.Contains("has no output \"z\"", Assert.Throws<InputException>(() => session.Run(new Dictionary<string, OrtValue> { ["a"] = two, ["b"] = two }, ["z"])).Message);
    }

    [Fact]
    public void ARunThatFailsInsideNamesTheModel()
    {
        using var session = OnnxSession.FromBytes("broadcast.onnx", new TinyModel().Input("a", TensorElementType.Float, "n").Input("b", TensorElementType.Float, "m")
            .Output("y", TensorElementType.Float, "k").Node("Add", ["a", "b"], "y").ToBytes());
        using OrtValue two = OrtValue.CreateTensorValueFromMemory(new float[2], [2]), three = OrtValue.CreateTensorValueFromMemory(new float[3], [3]);
        string message = Assert.Throws<InputException>(() => session.Run(new Dictionary<string, OrtValue> { ["a"] = two, ["b"] = three })).Message;
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
        string unknown = Written("unknown.onnx", new TinyModel().Input("x", TensorElementType.Float, 1).Output("y", TensorElementType.Float, 1).Node("Frobnicate", ["x"], "y"));
        Assert.Contains("Frobnicate", Error(unknown));
    }

    [Fact]
    public void WeightsInAFileBesideTheModelAreFoundOrMissed()
    {
        string path = Written("outside.onnx", new TinyModel().Input("x", TensorElementType.Float, 2).Output("y", TensorElementType.Float, 2)
            .ExternalWeight("w", "outside.data", 2).Node("Mul", ["x", "w"], "y"));
        string message = Assert.Throws<InputException>(() => OnnxSession.Open(path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains("outside.data", message);
        File.WriteAllBytes(Path.Combine(_folder, "outside.data"), MemoryMarshal.AsBytes<float>([3, 4]).ToArray());
        using var session = OnnxSession.Open(path);
        using var input = OrtValue.CreateTensorValueFromMemory(new float[] { 1, 2 }, [2]);
        using var output = session.Run(input);
        Assert.Equal([3, 8], output.GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void ProvidersAreListedAndChosenByName()
    {
        Assert.Contains("cpu", OnnxSession.Providers);
        Assert.StartsWith("1.", OnnxSession.RuntimeVersion);
        using (OnnxSession.FromBytes("m", TinyModel.Affine(1, 0, 1).ToBytes(), new OnnxSessionOptions { Provider = "CPU" }))
        {
        }
        string message = Assert.Throws<InputException>(() => OnnxSession.FromBytes("m", TinyModel.Affine(1, 0, 1).ToBytes(), new OnnxSessionOptions { Provider = "abacus" })).Message;
        Assert.StartsWith("--provider abacus: ", message);
        Assert.All(OnnxSession.Providers, p => Assert.Contains(p, message));
    }

    [Fact]
    public async Task ASessionMayBeDisposedWhileItRuns()
    {
        var session = OnnxSession.FromBytes("m", new TinyModel().Input("x", TensorElementType.Float, 512, 512).Output("y", TensorElementType.Float, 512, 512)
            .Node("MatMul", ["x", "x"], "a").Node("MatMul", ["a", "a"], "y").ToBytes());
        using var started = new SemaphoreSlim(0);
        var run = Task.Run(() =>
        {
            using var input = OrtValue.CreateTensorValueFromMemory(new float[512 * 512], [512, 512]);
            started.Release();
            try
            {
                using var output = session.Run(input);
                return output.GetTensorDataAsSpan<float>().Length;
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
