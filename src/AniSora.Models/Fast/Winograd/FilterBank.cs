using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

/// <summary>The weights of a convolution, [O, I, k, 3, 3], as it uses them or as its gradient by the input does; or their gradient.</summary>
/// <param name="Weights">The first of them.</param>
/// <param name="OutputStep">From one channel of the results to the next.</param>
/// <param name="InputStep">From one channel of what is convolved to the next.</param>
/// <param name="Times">Taps in time.</param>
/// <param name="Turned">Whether taps are in reverse order in time and space.</param>
internal readonly unsafe record struct FilterBank(nint Weights, long OutputStep, long InputStep, int Times, bool Turned)
{
    /// <summary>Taps along a line.</summary>
    private const int Line = 3;

    /// <summary>Taps of a frame.</summary>
    private const int Taps = Line * Line;

    /// <summary>The weights as they lie.</summary>
    public static FilterBank Forward(float* weights, int inputs, int times) => new((nint)weights, inputs * times * Taps, times * Taps, times, false);

    /// <summary>The weights of the convolution that is the gradient by the input: outputs and inputs exchanged, all taps in reverse order.</summary>
    public static FilterBank Backward(float* weights, int inputs, int times) => new((nint)weights, times * Taps, inputs * times * Taps, times, true);

    /// <summary>G·g·Gᵀ of all filters, to [point][8 outputs][tap in time, input][output of the 8].</summary>
    /// <param name="u">Gets them; for a multiple of 16 outputs.</param>
    /// <param name="step">From one point to the next.</param>
    /// <param name="outputs">Channels of the results.</param>
    /// <param name="inputs">Channels of what is convolved.</param>
    public void Transform(float* u, long step, int outputs, int inputs)
    {
        var (bank, depth) = (this, Times * inputs);
        ParallelLoop.Run((outputs + Simd.Width - 1L) / Simd.Width * depth, 16, (begin, end) =>
        {
            const int Tile = WinogradLine.Points * WinogradLine.Points * Simd.Width;
            var memory = stackalloc float[Taps * Simd.Width + Tile];
            for (var unit = begin; unit < end; unit++)
            {
                var (block, k) = Math.DivRem(unit, depth);
                var first = (int)block * Simd.Width;
                bank.Gather(bank.Filter(first, k, inputs), Math.Min(Simd.Width, outputs - first), memory);
                Transform(memory, u + (2 * block * depth + k) * WinogradProducts.Rows, step, depth * WinogradProducts.Rows);
            }
        });
    }

    /// <summary>Gᵀ·du·G to all filters' gradients.</summary>
    /// <param name="du">[point][16 outputs][tap in time, input][output of the 16].</param>
    /// <param name="step">From one point to the next.</param>
    /// <param name="outputs">Channels of the results.</param>
    /// <param name="inputs">Channels of what is convolved.</param>
    public void SetGradients(float* du, long step, int outputs, int inputs)
    {
        var (bank, depth) = (this, Times * inputs);
        ParallelLoop.Run((outputs + Simd.Width - 1L) / Simd.Width * depth, 16, (begin, end) =>
        {
            var memory = stackalloc float[(Taps + Line * WinogradLine.Points) * Simd.Width];
            for (var unit = begin; unit < end; unit++)
            {
                var (block, k) = Math.DivRem(unit, depth);
                var first = (int)block * Simd.Width;
                TransformGradient(du + unit * Simd.Width, step, memory);
                bank.Scatter(memory, bank.Filter(first, k, inputs), Math.Min(Simd.Width, outputs - first));
            }
        });
    }

    private float* Filter(int output, long k, int inputs)
    {
        var (time, input) = Math.DivRem(k, inputs);
        return (float*)Weights + output * OutputStep + input * InputStep + (Turned ? Times - 1 - time : time) * Taps;
    }

    /// <summary>The filters of up to sixteen outputs, to [tap][output].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(float* from, int outputs, float* to)
    {
        const int W = Simd.Width;
        var (step, sign) = (OutputStep, Turned ? -1 : 1);
        if (Turned)
            from += Taps - 1;
        for (var lane = 0; lane < outputs; lane++, from += step, to++)
        {
            (to[0], to[W], to[2 * W]) = (from[0], from[sign], from[2 * sign]);
            (to[3 * W], to[4 * W], to[5 * W]) = (from[3 * sign], from[4 * sign], from[5 * sign]);
            (to[6 * W], to[7 * W], to[8 * W]) = (from[6 * sign], from[7 * sign], from[8 * sign]);
        }
    }

    /// <summary>The reverse of <see cref="Gather"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scatter(float* from, float* to, int outputs)
    {
        for (var lane = 0; lane < outputs; lane++, from++, to += OutputStep)
            for (var tap = 0; tap < Taps; tap++)
                to[tap] = from[tap * Simd.Width];
    }

    /// <summary>Sixteen filters [tap][output] to the points, of which the first and the last eight outputs lie <paramref name="half"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(float* g, float* to, long step, long half)
    {
        const int Row = WinogradLine.Points * Simd.Width;
        float* rows = g + Taps * Simd.Width, columns = rows + Line * Row;
        for (var i = 0; i < Line; i++, g += Line * Simd.Width)
            WinogradLine.Taps(Vector512.Load(g), Vector512.Load(g + Simd.Width), Vector512.Load(g + 2 * Simd.Width), rows + i * Row, Simd.Width);
        for (var j = 0; j < WinogradLine.Points; j++, rows += Simd.Width, to += step)
        {
            WinogradLine.Taps(Vector512.Load(rows), Vector512.Load(rows + Row), Vector512.Load(rows + 2 * Row), columns, Simd.Width);
            for (var i = 0; i < WinogradLine.Points; i++)
            {
                var both = Vector512.Load(columns + i * Simd.Width);
                both.GetLower().Store(to + i * WinogradLine.Points * step);
                both.GetUpper().Store(to + i * WinogradLine.Points * step + half);
            }
        }
    }

    /// <summary>Gradients by the points of sixteen outputs to those by the taps, [tap][output].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformGradient(float* du, long step, float* to)
    {
        const int Row = WinogradLine.Points * Simd.Width;
        var rows = to + Taps * Simd.Width;
        for (var j = 0; j < WinogradLine.Points; j++, du += step)
            WinogradLine.ToTapGradients(du, WinogradLine.Points * step, rows + j * Simd.Width, Row);
        for (var i = 0; i < Line; i++, rows += Row, to += Line * Simd.Width)
            WinogradLine.ToTapGradients(rows, Simd.Width, to, Simd.Width);
    }
}
