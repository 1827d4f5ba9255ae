using AniSora.Inference;
using AniSora.Models.Sampling;
using Microsoft.ML.OnnxRuntime;

namespace AniSora.Onnx.Engine;

/// <summary>
/// The encoder or the decoder of an exported VAE: in one piece or, where the result depends on them, in the reference's chunks, each of
/// which gets the last frames of every convolution from the one before (as in <see cref="Models.CausalVae"/>).
/// </summary>
/// <param name="open">Opens a file of the exported model by its name.</param>
/// <param name="name">The file of a clip's beginning; what goes on is in the file with <c>_next</c> behind its name.</param>
/// <param name="input">Name of the input, <c>[B, C, T, H, W]</c>.</param>
/// <param name="output">Name of the output, with as many axes.</param>
/// <param name="chunk">Frames or latent steps of a chunk, of which the first takes the remainder too; null = in one piece.</param>
internal sealed class OnnxVaeHalf(Func<string, OnnxSession> open, string name, string input, string output, int? chunk) : IDisposable
{
    private const int Time = 2;

    private OnnxSession? _first, _next;

    /// <summary>Codes a clip.</summary>
    /// <param name="whole"><c>[B, C, T, H, W]</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    public DenseArray Run(DenseArray whole, CancellationToken cancellation)
    {
        _first ??= open(name);
        long length = whole.Shape[Time], count = chunk is { } size ? Math.Max(length / size, 1) : 1, end = 0;
        var done = new List<OrtValue>();
        var inputs = new Dictionary<string, OrtValue>();
        try
        {
            for (long i = 0; i < count; i++)
            {
                long start = end;
                end = length - ((chunk ?? 0) * (count - 1 - i));
                var session = i == 0 ? _first : _next ??= open(name + "_next");
                using var part = whole.Narrow(Time, start, end - start).Over();
                inputs[input] = part;
                string[] wanted = [output, .. i + 1 < count ? NextCaches(session) : []];
                var results = session.Run(inputs, wanted, cancellation);
                Free(inputs);
                for (int r = 1; r < wanted.Length; r++)
                    inputs[OnnxModelIndex.CachePrefix + wanted[r][OnnxModelIndex.NextCachePrefix.Length..]] = results[r];
                done.Add(results[0]);
            }
            return Join(done);
        }
        finally
        {
            Free(inputs);
            done.ForEach(part => part.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _first?.Dispose();
        _next?.Dispose();
    }

    private static DenseArray Join(IReadOnlyList<OrtValue> parts)
    {
        long[] shape = parts[0].GetTensorTypeAndShape().Shape;
        shape[Time] = parts.Sum(Length);
        var whole = DenseArray.Zeros(shape);
        long start = 0;
        foreach (var part in parts)
        {
            whole.Place(Time, start, part.GetTensorDataAsSpan<float>());
            start += Length(part);
        }
        return whole;
    }

    private static long Length(OrtValue part) => part.GetTensorTypeAndShape().Shape[Time];

    private static IEnumerable<string> NextCaches(OnnxSession session) =>
        session.Outputs.Select(o => o.Name).Where(n => n.StartsWith(OnnxModelIndex.NextCachePrefix, StringComparison.Ordinal));

    private static void Free(Dictionary<string, OrtValue> tensors)
    {
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
        tensors.Clear();
    }
}
