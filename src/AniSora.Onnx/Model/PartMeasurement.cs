using System.Diagnostics;
using System.Numerics.Tensors;
using AniSora.Inference;
using AniSora.Torch.Recording;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Onnx.Model;

/// <summary>An exported part beside the model it came from.</summary>
/// <param name="RelativeError">Largest difference of any output over that output's largest value, over all sizes tried.</param>
/// <param name="OnnxMilliseconds">Median time of a run in ONNX Runtime at the model's own size.</param>
/// <param name="TorchMilliseconds">The same in libtorch, in turn with it.</param>
internal sealed record PartMeasurement(double RelativeError, double OnnxMilliseconds, double TorchMilliseconds)
{
    /// <summary>Runs in ONNX Runtime and in libtorch for each timing; the first is not counted.</summary>
    private const int Runs = 6;

    /// <summary>Compares at sizes that were not recorded, and takes times at the first of them.</summary>
    /// <param name="part">The part.</param>
    /// <param name="session">Its file.</param>
    /// <param name="sizes">Sizes of the axes to try; the first is the model's own.</param>
    /// <param name="cancellation">Stops it.</param>
    public static PartMeasurement Of(ModelPart part, OnnxSession session, IReadOnlyList<Dictionary<string, long>> sizes, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        double error = 0;
        var (onnx, torch) = (new List<double>(), new List<double>());
        for (int i = 0; i < sizes.Count; i++)
        {
            using var scope = NewDisposeScope();
            Tensor[] inputs = [.. part.Inputs.Select(input => input.At(sizes[i]).contiguous())];
            for (int run = 0; run < (i == 0 ? Runs : 1); run++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var pass = NewDisposeScope();
                long start = Stopwatch.GetTimestamp();
                var expected = part.Forward(inputs);
                long middle = Stopwatch.GetTimestamp();
                using var given = new OnnxInputs(part.Inputs, inputs);
                using var got = session.Run(given.Tensors, [.. expected.Select(e => e.Name)], cancellation);
                if (i == 0 && run > 0)
                {
                    torch.Add(Stopwatch.GetElapsedTime(start, middle).TotalMilliseconds);
                    onnx.Add(Stopwatch.GetElapsedTime(middle).TotalMilliseconds);
                }
                foreach (var (result, output) in expected.Zip(got))
                    error = Math.Max(error, RelativeErrorOf(session.Name, result.Name, result.Value, output));
            }
        }
        return new PartMeasurement(error, Median(onnx), Median(torch));
    }

    private static double RelativeErrorOf(string file, string name, Tensor expected, OrtValue got)
    {
        if (!expected.shape.SequenceEqual(got.GetTensorTypeAndShape().Shape))
            throw new InputException($"{file}: output \"{name}\" is {OnnxValueInfo.Describe(got)}, the model gives [{string.Join(", ", expected.shape)}]: a fault of the exporter; please report it with the model's configuration");
        ReadOnlySpan<float> wanted = expected.contiguous().AsSpan<float>(), have = got.GetTensorDataAsSpan<float>();
        if (wanted.IsEmpty)
            return 0;
        double largest = TensorPrimitives.MaxMagnitude(wanted);
        double difference = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            double d = Math.Abs((double)wanted[i] - have[i]);
            // Not a number is the largest error there is.
            if (!(d <= difference))
                difference = double.IsNaN(d) ? double.PositiveInfinity : d;
        }
        return Math.Abs(difference) / Math.Max(Math.Abs(largest), 1e-30);
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times.Count == 0 ? 0 : times[times.Count / 2];
    }

    /// <summary>Tensors of libtorch as ONNX Runtime's, without a copy.</summary>
    private sealed class OnnxInputs : IDisposable
    {
        private readonly Tensor[] _owners;

        public OnnxInputs(IReadOnlyList<GraphInput> inputs, Tensor[] tensors)
        {
            _owners = tensors;
            Tensors = inputs.Zip(tensors).ToDictionary(p => p.First.Name, p => Over(p.Second));
        }

        public Dictionary<string, OrtValue> Tensors { get; }

        public void Dispose()
        {
            foreach (var tensor in Tensors.Values)
                tensor.Dispose();
            GC.KeepAlive(_owners);
        }

        private static OrtValue Over(Tensor tensor)
        {
            var type = tensor.dtype == int64 ? TensorElementType.Int64 : tensor.dtype == float32 ? TensorElementType.Float : throw new ArgumentException($"inputs of {tensor.dtype} are not used");
            return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, tensor.shape, tensor.data_ptr(), tensor.numel() * tensor.element_size());
        }
    }
}
