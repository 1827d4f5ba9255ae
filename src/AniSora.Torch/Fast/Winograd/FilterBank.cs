using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Torch;

/// <summary>The weights of a convolution, [O, I, k, 3, 3], as it uses them or as its gradient by the input does.</summary>
/// <param name="Weights">The first of them.</param>
/// <param name="OutputStep">From one channel of the results to the next.</param>
/// <param name="InputStep">From one channel of what is convolved to the next.</param>
/// <param name="Turned">Whether taps are in reverse order in time and space.</param>
internal readonly unsafe record struct FilterBank(nint Weights, long OutputStep, long InputStep, bool Turned)
{
    private const int Taps = 3;

    /// <summary>G·g·Gᵀ of all filters, to [point][panel of 8 outputs][tap in time, input][output of the panel].</summary>
    public void Transform(float* u, long step, int depth, int outputs, int inputs, int times)
    {
        var bank = this;
        var blocks = (outputs + Simd.Width - 1) / Simd.Width;
        ParallelLoop.Run((long)blocks * depth, 16, (begin, end) =>
        {
            var memory = stackalloc float[2 * Simd.Width * Simd.Width];
            for (var unit = begin; unit < end; unit++)
            {
                var (block, k) = Math.DivRem(unit, depth);
                var (time, input) = Math.DivRem(k, inputs);
                bank.Gather((int)block * Simd.Width, outputs, input, bank.Turned ? times - 1 - time : time, memory);
                Transform(memory, u + (2 * block * depth + k) * WinogradProducts.Rows, step, depth * WinogradProducts.Rows);
            }
        });
    }

    /// <summary>One filter of sixteen outputs, to [3 × 3 taps][output].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(int first, int outputs, long input, long time, float* to)
    {
        var from = (float*)Weights + first * OutputStep + input * InputStep + time * Taps * Taps;
        var (last, turn) = (Taps * Taps - 1, Turned);
        for (var lane = 0; lane < Simd.Width; lane++, from += OutputStep, to++)
            for (var tap = 0; tap <= last; tap++)
                to[tap * Simd.Width] = first + lane < outputs ? from[turn ? last - tap : tap] : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(float* g, float* to, long step, long panel)
    {
        var rows = g + Taps * Taps * Simd.Width;
        const int Row = WinogradLine.Points * Simd.Width;
        for (var i = 0; i < Taps; i++, g += Taps * Simd.Width)
            WinogradLine.Taps(Vector512.Load(g), Vector512.Load(g + Simd.Width), Vector512.Load(g + 2 * Simd.Width), rows + i * Row, Simd.Width);
        var column = stackalloc float[Row];
        for (var j = 0; j < WinogradLine.Points; j++, rows += Simd.Width, to += step)
        {
            WinogradLine.Taps(Vector512.Load(rows), Vector512.Load(rows + Row), Vector512.Load(rows + 2 * Row), column, Simd.Width);
            for (var i = 0; i < WinogradLine.Points; i++)
            {
                var both = Vector512.Load(column + i * Simd.Width);
                both.GetLower().Store(to + i * WinogradLine.Points * step);
                both.GetUpper().Store(to + i * WinogradLine.Points * step + panel);
            }
        }
    }
}
