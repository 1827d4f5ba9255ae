using System.Numerics;

namespace AniSora.Kernels.Foreground;

/// <summary>
/// Makes one labelling of what each pixel says by itself: the mean field of an Ising model whose neighbours hold together the more, the more
/// alike their colours are.
/// </summary>
internal sealed class LabelField
{
    private const float Hold = 0.5f, Diagonal = 0.7f;

    /// <summary>Grey levels between neighbours at which they hold together e^-½ as much.</summary>
    private const float Contrast = 12;

    private const int Sweeps = 12;

    private readonly int[] _steps;
    private readonly float[][] _weights;
    private readonly float[] _belief;

    /// <summary>Takes a picture <c>[H, W, channels]</c>.</summary>
    public LabelField(ReadOnlySpan<byte> picture, int channels, int width, int height)
    {
        (int X, int Y)[] neighbours = [(1, 0), (0, 1), (1, 1), (-1, 1)];
        _steps = [.. neighbours.Select(n => n.Y * width + n.X)];
        _belief = new float[width * height];
        _weights = [.. neighbours.Select(_ => new float[width * height])];
        for (int d = 0; d < neighbours.Length; d++)
        {
            float hold = neighbours[d].X == 0 || neighbours[d].Y == 0 ? Hold : Hold * Diagonal;
            for (int i = 0; i < _belief.Length; i++)
            {
                int x = i % width + neighbours[d].X, squares = 0;
                if (x < 0 || x >= width || i + _steps[d] >= _belief.Length)
                    continue;
                for (int c = 0; c < 3; c++)
                    squares += (picture[channels * i + c] - picture[channels * (i + _steps[d]) + c]) * (picture[channels * i + c] - picture[channels * (i + _steps[d]) + c]);
                _weights[d][i] = hold * MathF.Exp(-squares / (6 * Contrast * Contrast));
            }
        }
    }

    /// <summary>Labels all pixels.</summary>
    /// <param name="odds"><c>[H, W]</c>: above 0 = rather figure.</param>
    /// <param name="labels">Receives <c>[H, W]</c>: 1 = figure, -1 = ground.</param>
    public void Settle(ReadOnlySpan<float> odds, Span<sbyte> labels)
    {
        Believe(odds);
        var sums = new float[odds.Length];
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            odds.CopyTo(sums);
            for (int d = 0; d < _steps.Length; d++)
            {
                var weights = _weights[d].AsSpan(0, odds.Length - _steps[d]);
                AddProducts(weights, _belief.AsSpan(_steps[d]), sums);
                AddProducts(weights, _belief, sums.AsSpan(_steps[d]));
            }

            Believe(sums);
        }

        for (int i = 0; i < sums.Length; i++)
            labels[i] = (sbyte)(sums[i] > 0 ? 1 : -1);
    }

    /// <summary>-1 … 1; much like tanh, and cheap.</summary>
    private void Believe(ReadOnlySpan<float> odds)
    {
        int i = 0;
        for (; i <= odds.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var some = new Vector<float>(odds[i..]);
            (some / (Vector<float>.One + Vector.Abs(some))).CopyTo(_belief, i);
        }
        for (; i < odds.Length; i++)
            _belief[i] = odds[i] / (1 + MathF.Abs(odds[i]));
    }

    /// <summary>sums += a · b.</summary>
    private static void AddProducts(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> sums)
    {
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sums[i..]) + new Vector<float>(a[i..]) * new Vector<float>(b[i..])).CopyTo(sums[i..]);
        for (; i < a.Length; i++)
            sums[i] += a[i] * b[i];
    }
}
