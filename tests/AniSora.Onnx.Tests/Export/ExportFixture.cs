using AniSora.Onnx.Export;
using AniSora.Torch;
using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

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
        var given = session.Inputs.Zip(contiguous).ToDictionary(p => p.First.Name, p => OnnxTensor.Over(p.Second.data_ptr(), p.First.Type, p.Second.shape));
        var results = session.Run(given);
        Tensor[] tensors = [.. results.Select(ToTorch)];
        Array.ForEach(results, r => r.Dispose());
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

    private static Tensor ToTorch(OnnxTensor result)
    {
        long[] shape = [.. result.Shape];
        return result.Type switch
        {
            OnnxType.Float => tensor(result.Span<float>().ToArray(), shape),
            OnnxType.Double => tensor(result.Span<double>().ToArray(), shape),
            OnnxType.Int64 => tensor(result.Span<long>().ToArray(), shape),
            OnnxType.Int32 => tensor(result.Span<int>().ToArray(), shape),
            OnnxType.UInt8 => tensor(result.Span<byte>().ToArray(), shape),
            OnnxType.Int8 => tensor(result.Span<sbyte>().ToArray(), shape),
            OnnxType.Bool => tensor(result.Span<bool>().ToArray(), shape),
            OnnxType.Half => tensor(result.Span<Half>().ToArray().Select(h => (float)h).ToArray(), shape).to(float16),
            _ => throw new NotSupportedException($"{result.Type}"),
        };
    }
}
