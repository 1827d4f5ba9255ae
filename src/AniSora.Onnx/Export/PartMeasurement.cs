using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AniSora.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Onnx.Export;

/// <summary>A file beside the module that it was made of.</summary>
/// <param name="RelativeError">Largest difference of any output over that output's largest value, over all sizes tried.</param>
/// <param name="OnnxMilliseconds">Median time of a run in ONNX Runtime at the first size.</param>
/// <param name="TorchMilliseconds">The same in libtorch, in turn with it.</param>
public sealed record PartMeasurement(double RelativeError, double OnnxMilliseconds, double TorchMilliseconds)
{
    /// <summary>Runs both and compares.</summary>
    /// <exception cref="InputException">ONNX Runtime does not take the file, or gives something else than the module.</exception>
    internal static PartMeasurement Of(ModelPart part, string file, OnnxExportOptions options, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        using var session = OnnxSession.Open(file, new OnnxSessionOptions { Threads = get_num_threads() });
        using var generator = new Generator(7);
        double error = 0;
        var (onnx, libtorch) = (new List<double>(), new List<double>());
        var sizes = options.Sizes ?? part.DefaultSizes();
        for (int i = 0; i < sizes.Count; i++)
        {
            string at = string.Join(", ", sizes[i].Select(s => $"{s.Key} {s.Value}"));
            using var scope = NewDisposeScope();
            Tensor[] inputs = [.. part.Inputs.Select(input => input.At(sizes[i], generator).contiguous())];
            for (int run = 0; run < (i == 0 ? options.Runs : 1); run++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var pass = NewDisposeScope();
                long start = Stopwatch.GetTimestamp();
                Tensor[] expected = Forward(part, inputs, at);
                long middle = Stopwatch.GetTimestamp();
                using var got = Run(session, part.Inputs, inputs, cancellation);
                // The first of several is not counted: it makes room.
                if (i == 0 && run >= Math.Min(1, options.Runs - 1))
                {
                    libtorch.Add(Stopwatch.GetElapsedTime(start, middle).TotalMilliseconds);
                    onnx.Add(Stopwatch.GetElapsedTime(middle).TotalMilliseconds);
                }
                foreach (var (name, wanted, have) in session.Outputs.Select(o => o.Name).Zip(expected, got))
                {
                    error = Math.Max(error, ErrorOf($"{part.Name} at {at}", name, wanted, have));
                    if (!(error <= options.MostError))
                        throw new InputException($"{part.Name}: output \"{name}\" at {at} is off by {error:g3} of its largest value, {options.MostError:g3} is accepted: its builder computes something else than forward{(options.Weights == OnnxWeightFormat.Float32 ? "" : $", or {options.Weights} is too coarse for these weights")}");
                }
            }
        }
        return new PartMeasurement(error, Median(onnx), Median(libtorch));
    }

    private static Tensor[] Forward(ModelPart part, Tensor[] inputs, string at)
    {
        try
        {
            return [.. part.Forward(inputs)];
        }
        catch (ExternalException e)
        {
            throw new InputException($"{part.Name}: the module itself does not run at {at}: {e.Message.Split('\n')[0]}; name sizes at which it does in {nameof(OnnxExportOptions)}.{nameof(OnnxExportOptions.Sizes)}", e);
        }
    }

    /// <summary>One run over the tensors' own memory.</summary>
    private static unsafe IDisposableReadOnlyCollection<OrtValue> Run(OnnxSession session, IReadOnlyList<OnnxInput> inputs, Tensor[] tensors, CancellationToken cancellation)
    {
        var values = new Dictionary<string, OrtValue>();
        try
        {
            foreach (var (input, tensor) in inputs.Zip(tensors))
            {
                var bytes = tensor.bytes;
                values[input.Name] = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, ElementType(tensor.dtype), tensor.shape, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), bytes.Length);
            }
            return session.Run(values, null, cancellation);
        }
        finally
        {
            foreach (var value in values.Values)
                value.Dispose();
            GC.KeepAlive(tensors);
        }
    }

    private static double ErrorOf(string at, string name, Tensor expected, OrtValue got)
    {
        var info = got.GetTensorTypeAndShape();
        if (!expected.shape.SequenceEqual(info.Shape) || ElementType(expected.dtype) != info.ElementDataType)
            throw new InputException($"{at}: output \"{name}\" is {info.ElementDataType}[{string.Join(", ", info.Shape)}], the module gives {expected.dtype}[{string.Join(", ", expected.shape)}]: its builder computes something else than forward");
        if (expected.numel() == 0)
            return 0;
        using var scope = NewDisposeScope();
        var have = empty(expected.shape, expected.dtype);
        got.GetTensorMutableRawData().CopyTo(have.bytes);
        Tensor wanted = expected.cpu().to(float64), difference = (wanted - have.to(float64)).abs();
        // What is infinite or no number on both sides is equal; on one side only it is the largest error there is.
        difference = torch.where(wanted.eq(have.to(float64)).logical_or(wanted.isnan().logical_and(have.isnan())), zeros_like(difference), difference).nan_to_num(nan: double.PositiveInfinity);
        double largest = torch.where(wanted.isfinite(), wanted.abs(), zeros_like(wanted)).max().item<double>();
        return difference.max().item<double>() / Math.Max(largest, 1e-30);
    }

    private static TensorElementType ElementType(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorElementType.Float,
        ScalarType.Float64 => TensorElementType.Double,
        ScalarType.Float16 => TensorElementType.Float16,
        ScalarType.BFloat16 => TensorElementType.BFloat16,
        ScalarType.Int64 => TensorElementType.Int64,
        ScalarType.Int32 => TensorElementType.Int32,
        ScalarType.Byte => TensorElementType.UInt8,
        ScalarType.Bool => TensorElementType.Bool,
        _ => throw new InputException($"inputs and outputs of {type} cannot be compared: convert them in the model"),
    };

    private static double Median(List<double> times) => times.Count == 0 ? 0 : times.Order().ElementAt(times.Count / 2);
}
