using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels.Flow;

/// <summary>
/// Finds where one 8×8 patch of the first picture lies in the second, by inverse-compositional Gauss–Newton (Baker and Matthews 2001; Kroeger
/// et al. 2016, section 2.1): the patch's own gradients serve every step.
/// </summary>
internal ref struct PatchMatcher
{
    /// <summary>Floats that <see cref="PatchMatcher(FlowImage, FlowImage, Span{float})"/> needs.</summary>
    public const int Scratch = 3 * Pixels;

    private const int Side = PatchGrid.Patch, Pixels = Side * Side;

    /// <summary>The longest step, in pixels: beyond it the linearisation means nothing.</summary>
    private const float LongestStep = 2;

    /// <summary>A shorter step is the last one, in pixels².</summary>
    private const float ShortestStep = 4e-4f;

    private readonly FlowImage _first, _second;
    private readonly ref float _template, _gx, _gy;
    private int _x, _y;

    public PatchMatcher(FlowImage first, FlowImage second, Span<float> scratch)
    {
        (_first, _second) = (first, second);
        _template = ref scratch[0];
        _gx = ref scratch[Pixels];
        _gy = ref scratch[2 * Pixels];
    }

    /// <summary>Σ∇T∇Tᵀ over the patch.</summary>
    public float Xx { get; private set; }
    public float Xy { get; private set; }
    public float Yy { get; private set; }

    /// <summary>The patch's mean and variance.</summary>
    public float Mean { get; private set; }
    public float Variance { get; private set; }

    /// <summary>Takes the patch whose upper left pixel is (x, y).</summary>
    public void Take(int x, int y)
    {
        (_x, _y) = (x, y);
        Vector256<float> xx = default, xy = default, yy = default, sum = default, power = default;
        ref float from = ref _first.Values[0];
        nuint at = (nuint)_first.Index(x, y), stride = (nuint)_first.Stride;
        for (nuint row = 0; row < Pixels; row += Side, at += stride)
        {
            var here = Vector256.LoadUnsafe(ref from, at);
            var across = (Vector256.LoadUnsafe(ref from, at + 1) - Vector256.LoadUnsafe(ref from, at - 1)) * 0.5f;
            var down = (Vector256.LoadUnsafe(ref from, at + stride) - Vector256.LoadUnsafe(ref from, at - stride)) * 0.5f;
            here.StoreUnsafe(ref _template, row);
            across.StoreUnsafe(ref _gx, row);
            down.StoreUnsafe(ref _gy, row);
            sum += here;
            power = Vector256.FusedMultiplyAdd(here, here, power);
            xx = Vector256.FusedMultiplyAdd(across, across, xx);
            xy = Vector256.FusedMultiplyAdd(across, down, xy);
            yy = Vector256.FusedMultiplyAdd(down, down, yy);
        }

        (Xx, Xy, Yy, Mean) = (Vector256.Sum(xx), Vector256.Sum(xy), Vector256.Sum(yy), Vector256.Sum(sum) / Pixels);
        Variance = Vector256.Sum(power) / Pixels - Mean * Mean;
    }

    /// <summary>The sum of squared differences at a displacement.</summary>
    public readonly float Difference(float u, float v) => Evaluate(u, v, gradient: false, out _, out _);

    /// <summary>The whole-pixel displacement of least difference, up to <paramref name="radius"/> (8 at most) in x and in y; the shortest of equals.</summary>
    public readonly (float U, float V) Search(int radius)
    {
        float best = float.MaxValue;
        int length = 0;
        (float, float) found = default;
        ref float to = ref _second.Values[0];
        nuint stride = (nuint)_second.Stride;
        for (int dy = -radius; dy <= radius; dy++)
        {
            for (int dx = -radius; dx <= radius; dx++)
            {
                nuint at = (nuint)_second.Index(_x + dx, _y + dy);
                Vector256<float> even = default, odd = default;
                for (nuint row = 0; row < Pixels; row += 2 * Side, at += 2 * stride)
                {
                    var a = Vector256.LoadUnsafe(ref to, at) - Vector256.LoadUnsafe(ref _template, row);
                    var b = Vector256.LoadUnsafe(ref to, at + stride) - Vector256.LoadUnsafe(ref _template, row + Side);
                    even = Vector256.FusedMultiplyAdd(a, a, even);
                    odd = Vector256.FusedMultiplyAdd(b, b, odd);
                }

                float difference = Vector256.Sum(even + odd);
                int squared = dx * dx + dy * dy;
                if (difference < best || (difference == best && squared < length))
                    (best, length, found) = (difference, squared, (dx, dy));
            }
        }

        return found;
    }

    /// <summary>Improves a displacement, as long as the difference falls.</summary>
    /// <param name="u">To the right, in pixels.</param>
    /// <param name="v">Downwards.</param>
    /// <param name="iterations">Steps at most.</param>
    /// <param name="damping">Added to the diagonal of Σ∇T∇Tᵀ.</param>
    /// <returns>The sum of squared differences there.</returns>
    public readonly float Descend(ref float u, ref float v, int iterations, float damping)
    {
        float a = Xx + damping, c = Yy + damping, inverse = 1 / (a * c - Xy * Xy);
        float best = Evaluate(u, v, gradient: true, out float p, out float q);
        for (int i = 0; i < iterations; i++)
        {
            float du = (c * p - Xy * q) * inverse, dv = (a * q - Xy * p) * inverse, length = du * du + dv * dv;
            if (length < ShortestStep)
                break;
            float scale = length > LongestStep * LongestStep ? LongestStep / MathF.Sqrt(length) : 1;
            float now = Evaluate(u - scale * du, v - scale * dv, gradient: true, out p, out q);
            if (now >= best)
                break;
            (best, u, v) = (now, u - scale * du, v - scale * dv);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float Evaluate(float u, float v, bool gradient, out float p, out float q)
    {
        var (at, fx, fy) = Locate(_second, _x + u, _y + v);
        nuint stride = (nuint)_second.Stride;
        Vector256<float> squares = default, ps = default, qs = default;
        ref float to = ref _second.Values[0];
        var above = Between(ref to, at, fx);
        for (nuint row = 0; row < Pixels; row += Side)
        {
            at += stride;
            var below = Between(ref to, at, fx);
            var difference = Vector256.FusedMultiplyAdd(fy, below - above, above) - Vector256.LoadUnsafe(ref _template, row);
            above = below;
            squares = Vector256.FusedMultiplyAdd(difference, difference, squares);
            if (gradient)
            {
                ps = Vector256.FusedMultiplyAdd(difference, Vector256.LoadUnsafe(ref _gx, row), ps);
                qs = Vector256.FusedMultiplyAdd(difference, Vector256.LoadUnsafe(ref _gy, row), qs);
            }
        }

        (p, q) = gradient ? (Vector256.Sum(ps), Vector256.Sum(qs)) : (0, 0);
        return Vector256.Sum(squares);
    }

    /// <summary>Where a patch at a real position begins, and the shares of its right and lower neighbours. Far outside, everything looks alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (nuint At, Vector256<float> Fx, Vector256<float> Fy) Locate(FlowImage image, float x, float y)
    {
        const int reach = FlowImage.Border - 1;
        x = Math.Clamp(x, -reach, image.Width + reach - Side - 1);
        y = Math.Clamp(y, -reach, image.Height + reach - Side - 1);
        int x0 = (int)MathF.Floor(x), y0 = (int)MathF.Floor(y);
        return ((nuint)image.Index(x0, y0), Vector256.Create(x - x0), Vector256.Create(y - y0));
    }

    /// <summary>Eight values between those at <paramref name="at"/> and their right neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Between(ref float values, nuint at, Vector256<float> fx)
    {
        var left = Vector256.LoadUnsafe(ref values, at);
        return Vector256.FusedMultiplyAdd(fx, Vector256.LoadUnsafe(ref values, at + 1) - left, left);
    }
}
