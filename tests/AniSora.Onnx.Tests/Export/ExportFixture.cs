using System.Runtime.InteropServices;
using AniSora.Inference;
using AniSora.Torch;
using Microsoft.ML.OnnxRuntime;
using static AniSora.Torch.torch;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace AniSora.Onnx.Tests.Export;

/// <summary>Records, exports, checks, runs and compares.</summary>
public sealed class ExportFixture : IDisposable
{
    private int _files;

    public string Folder { get; } = Directory.CreateTempSubdirectory("anisora-export-").FullName;

    /// <summary>A name for another file.</summary>
    public string NextPath(string stem) => Path.Combine(Folder, $"{Interlocked.Increment(ref _files):000} {string.Concat(stem.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : ' '))}.onnx");

    /// <summary>Runs a session on libtorch's tensors, after the reference checker has seen its file.</summary>
    public static Tensor[] Run(OnnxSession session, params IReadOnlyList<Tensor> inputs)
    {
        ReferenceChecker.Check(session.Name);
        Tensor[] contiguous = [.. inputs.Select(i => i.contiguous())];
        var given = session.Inputs.Zip(contiguous).ToDictionary(p => p.First.Name, p =>
            OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, p.First.Type, p.Second.shape, p.Second.data_ptr(), p.Second.numel() * p.Second.element_size()));
        using var results = session.Run(given);
        Tensor[] tensors = [.. results.Select(ToTorch)];
        foreach (var tensor in given.Values)
            tensor.Dispose();
        GC.KeepAlive(contiguous);
        return tensors;
    }

    /// <summary>Requires equal shapes and types, and differences of at most a fraction of the largest number.</summary>
    public static void Compare(Tensor expected, Tensor got, double bound, string what)
    {
        Assert.True(expected.dtype == got.dtype && expected.shape.SequenceEqual(got.shape), $"{what}: got {got} where {expected} was expected");
        if (expected.numel() == 0)
            return;
        Tensor e = expected.to(float64), g = got.to(float64);
        Assert.True(e.isnan().eq(g.isnan()).all().item<bool>(), $"{what}: NaN elsewhere");
        e = where(e.isnan() | e.eq(g), zeros_like(e), e);
        g = where(g.isnan() | expected.to(float64).eq(g), zeros_like(g), g);
        double difference = (e - g).abs().max().item<double>(), largest = Math.Max(where(expected.to(float64).isfinite(), expected.to(float64), zeros_like(e)).abs().max().item<double>(), 1e-3);
        Assert.True(difference <= bound * largest, $"{what}: differs by {difference:g3}, of {largest:g3}");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static Tensor ToTorch(OrtValue result)
    {
        var info = result.GetTensorTypeAndShape();
        long[] shape = info.Shape;
        return info.ElementDataType switch
        {
            TensorElementType.Float => tensor(result.GetTensorDataAsSpan<float>().ToArray(), shape),
            TensorElementType.Double => tensor(result.GetTensorDataAsSpan<double>().ToArray(), shape),
            TensorElementType.Int64 => tensor(result.GetTensorDataAsSpan<long>().ToArray(), shape),
            TensorElementType.Int32 => tensor(result.GetTensorDataAsSpan<int>().ToArray(), shape),
            TensorElementType.UInt8 => tensor(result.GetTensorDataAsSpan<byte>().ToArray(), shape),
            TensorElementType.Int8 => tensor(result.GetTensorDataAsSpan<sbyte>().ToArray(), shape),
            TensorElementType.Bool => tensor(result.GetTensorDataAsSpan<bool>().ToArray(), shape),
            TensorElementType.Float16 => tensor(MemoryMarshal.Cast<Float16, Half>(result.GetTensorDataAsSpan<Float16>()).ToArray().Select(h => (float)h).ToArray(), shape).to(float16),
            _ => throw new NotSupportedException($"{info.ElementDataType}"),
        };
    }
}
