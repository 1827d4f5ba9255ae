using AniSora.Models.Layers;

namespace AniSora.Onnx.Export.Models;

/// <summary><see cref="PositionalEmbedding"/> as a graph, for the sizes at hand. Angles are in double precision, as there.</summary>
internal static class PositionGraph
{
    private const double Theta = 10000;

    /// <summary>Cosines and sines [L + T'·h·w, 1, d] of every token of a sequence.</summary>
    public static (Value Cos, Value Sin) Rotary(GraphBuilder g, int headDim, Dim frames, Dim height, Dim width, long textTokens)
    {
        var (time, space) = (headDim / 4, headDim / 8 * 3);
        Value Angles(Dim n, int size) => Positions(g, n) * Frequencies(g, size, i => -(double)(i / 2 * 2) / size);
        Value[] angles = [Angles(frames, time), Angles(height, space), Angles(width, space)];
        // The tables of the axes are small: cosines and sines are taken before they are repeated over the grid.
        Value Table(string op, Value text) =>
            Value.Concat([text, OverGrid([.. angles.Select(a => a.Map(op).Cast(ScalarType.Float32))], frames, height, width)], 0).Unsqueeze(1);
        return (Table("Cos", g.Ones(textTokens, headDim)), Table("Sin", g.Zeros(textTokens, headDim)));
    }

    /// <summary>Sum-of-sinusoids embedding [T'·h·w, D] of CogVideoX-2B.</summary>
    public static Value Sinusoidal(GraphBuilder g, int dim, Dim frames, Dim height, Dim width, double spatialScale, double temporalScale)
    {
        Value Waves(Dim n, double scale, int size)
        {
            var angles = Positions(g, n) / scale * Frequencies(g, size / 2, i => -(double)i / (size / 2));
            return Value.Concat([angles.Map("Sin"), angles.Map("Cos")], 1).Cast(ScalarType.Float32);
        }

        var (timeDim, axisDim) = (dim / 4, dim / 4 * 3 / 2);
        var (time, across, down) = (Waves(frames, temporalScale, timeDim), Waves(width, spatialScale, axisDim), Waves(height, spatialScale, axisDim));
        // Columns come before rows here.
        return Value.Concat([Spread(time, 0, frames, height, width), Spread(across, 2, frames, height, width), Spread(down, 1, frames, height, width)], 3)
            .Reshape(frames * height * width, dim);
    }

    /// <summary>Sinusoidal embedding [B, D] of times [B].</summary>
    public static Value Timestep(GraphBuilder g, Value timestep, int dim, bool cosFirst, double freqShift)
    {
        var half = dim / 2;
        var frequencies = g.Literal($"frequencies of {dim} numbers, shift {freqShift}", () => (arange(0, half, dtype: float32) * (-Math.Log(Theta) / (half - freqShift))).exp());
        var angles = timestep.Cast(ScalarType.Float32).Unsqueeze(1) * frequencies;
        Value cos = angles.Map("Cos"), sin = angles.Map("Sin");
        return Value.Concat(cosFirst ? [cos, sin] : [sin, cos], 1);
    }

    /// <summary>Tables [n, size] of time, height and width beside each other, [T'·h·w, Σ size].</summary>
    private static Value OverGrid(Value[] tables, Dim frames, Dim height, Dim width) =>
        Value.Concat([.. tables.Select((table, axis) => Spread(table, axis, frames, height, width))], 3)
            .Reshape(frames * height * width, tables.Sum(t => t.Shape[1].Constant));

    /// <summary>[n, size] along one axis of the grid: [T', h, w, size].</summary>
    private static Value Spread(Value table, int axis, Dim frames, Dim height, Dim width)
    {
        Dim[] place = [1, 1, 1, table.Shape[1]];
        place[axis] = table.Shape[0];
        return table.Reshape(place).Expand(frames, height, width, table.Shape[1]);
    }

    /// <summary>0, 1, … [n, 1].</summary>
    private static Value Positions(GraphBuilder g, Dim n) => g.Range(n).Cast(ScalarType.Float64).Unsqueeze(1);

    private static Value Frequencies(GraphBuilder g, int count, Func<int, double> exponent)
    {
        double[] numbers = [.. Enumerable.Range(0, count).Select(i => Math.Pow(Theta, exponent(i)))];
        return g.Literal($"frequencies {numbers[^1]:r} of {count}", () => tensor(numbers));
    }
}
