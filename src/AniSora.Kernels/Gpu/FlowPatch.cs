using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>
/// The 8×8 patch of the first picture around a node, as <see cref="Flow.PatchMatcher"/>. Its values and gradients are read from the picture
/// again at every step: as an array of its own they would lie in the same memory.
/// </summary>
internal readonly record struct FlowPatch(int X, int Y, float Xx, float Xy, float Yy, float Mean, float Variance)
{
    public const int Side = Flow.PatchGrid.Patch, Pixels = Side * Side;

    /// <summary>The longest step, in pixels.</summary>
    private const float LongestStep = 2;

    /// <summary>Takes the patch of node (i, j).</summary>
    public static FlowPatch Take(ArrayView<float> first, FlowSize size, int i, int j)
    {
        int x = i * FlowSize.Cell - FlowSize.Overhang, y = j * FlowSize.Cell - FlowSize.Overhang, stride = size.Stride, start = size.Pixel(x, y);
        float xx = 0, xy = 0, yy = 0, sum = 0, power = 0;
        for (int row = 0; row < Side; row++)
        {
            float rowXx = 0, rowXy = 0, rowYy = 0, rowSum = 0, rowPower = 0;
            for (int at = start + row * stride, end = at + Side; at < end; at++)
            {
                float here = first[at], across = (first[at + 1] - first[at - 1]) * 0.5f, down = (first[at + stride] - first[at - stride]) * 0.5f;
                rowSum += here;
                rowPower += here * here;
                rowXx += across * across;
                rowXy += across * down;
                rowYy += down * down;
            }

            sum += rowSum;
            power += rowPower;
            xx += rowXx;
            xy += rowXy;
            yy += rowYy;
        }

        float mean = sum / Pixels;
        return new(x, y, xx, xy, yy, mean, power / Pixels - mean * mean);
    }

    /// <summary>The sum of squared differences at a displacement, and its gradient.</summary>
    public FlowDifference At(ArrayView<float> first, ArrayView<float> second, FlowSize size, float u, float v)
    {
        var place = FlowPlace.Of(size, X + u, Y + v);
        int stride = size.Stride, start = size.Pixel(X, Y);
        float squares = 0, p = 0, q = 0;
        for (int row = 0; row < Side; row++)
        {
            float rowSquares = 0, rowP = 0, rowQ = 0;
            for (int column = 0; column < Side; column++)
            {
                int at = start + row * stride + column;
                float difference = place.Between(second, stride, row * stride + column) - first[at];
                rowSquares += difference * difference;
                rowP += difference * ((first[at + 1] - first[at - 1]) * 0.5f);
                rowQ += difference * ((first[at + stride] - first[at - stride]) * 0.5f);
            }

            squares += rowSquares;
            p += rowP;
            q += rowQ;
        }

        return new(squares, p, q);
    }

    /// <summary>The sum of squared differences at a displacement of whole pixels.</summary>
    public float At(ArrayView<float> first, ArrayView<float> second, FlowSize size, int dx, int dy)
    {
        int stride = size.Stride, start = size.Pixel(X, Y), moved = size.Pixel(X + dx, Y + dy);
        float squares = 0;
        for (int row = 0; row < Side; row++)
        {
            float rowSquares = 0;
            for (int column = row * stride; column < row * stride + Side; column++)
            {
                float difference = second[moved + column] - first[start + column];
                rowSquares += difference * difference;
            }

            squares += rowSquares;
        }

        return squares;
    }

    /// <summary>Gauss–Newton from (u, v), then, if the difference falls below a limit, the node's new match.</summary>
    public void Descend(ArrayView<float> first, ArrayView<float> second, ArrayView<float> grid, FlowSize size, FlowRule rule, int node, float u, float v, float below)
    {
        float a = Xx + rule.Damping, c = Yy + rule.Damping, inverse = 1 / (a * c - Xy * Xy);
        var best = At(first, second, size, u, v);
        float p = best.P, q = best.Q, squares = best.Squares;
        for (int i = 0; i < rule.Iterations; i++)
        {
            float du = (c * p - Xy * q) * inverse, dv = (a * q - Xy * p) * inverse, squared = du * du + dv * dv;
            if (squared < rule.ShortestStep * rule.ShortestStep)
                break;
            float scale = squared > LongestStep * LongestStep ? LongestStep / MathF.Sqrt(squared) : 1;
            var now = At(first, second, size, u - scale * du, v - scale * dv);
            if (now.Squares >= squares)
                break;
            squares = now.Squares;
            p = now.P;
            q = now.Q;
            u -= scale * du;
            v -= scale * dv;
        }

        if (!(squares < below))
            return;
        float residual = squares / Pixels, say = rule.Trust / (1 + residual / rule.Doubt);
        int length = size.Length;
        grid[Plane.MatchU * length + node] = u;
        grid[Plane.MatchV * length + node] = v;
        grid[Plane.Xx * length + node] = Xx * say;
        grid[Plane.Xy * length + node] = Xy * say;
        grid[Plane.Yy * length + node] = Yy * say;
        grid[Plane.Residual * length + node] = residual;
        grid[Plane.Mean * length + node] = Mean;
    }
}

/// <summary>A patch's sum of squared differences, and half its gradient by the displacement.</summary>
internal readonly record struct FlowDifference(float Squares, float P, float Q);

/// <summary>A real position in a picture: the pixel at its upper left, and the shares of its right and lower neighbours.</summary>
internal readonly record struct FlowPlace(int At, float Fx, float Fy)
{
    /// <summary>Where a patch at a position begins. Far outside, everything looks alike.</summary>
    public static FlowPlace Of(FlowSize size, float x, float y)
    {
        const int reach = FlowSize.Border - 1;
        x = IntrinsicMath.Max(-reach, IntrinsicMath.Min(x, size.Width + reach - FlowPatch.Side - 1));
        y = IntrinsicMath.Max(-reach, IntrinsicMath.Min(y, size.Height + reach - FlowPatch.Side - 1));
        int left = (int)MathF.Floor(x), top = (int)MathF.Floor(y);
        return new(size.Pixel(left, top), x - left, y - top);
    }

    /// <summary>The value there, <paramref name="further"/> floats on.</summary>
    public float Between(ArrayView<float> picture, int stride, int further)
    {
        int at = At + further;
        float above = picture[at] + Fx * (picture[at + 1] - picture[at]), below = picture[at + stride] + Fx * (picture[at + stride + 1] - picture[at + stride]);
        return above + Fy * (below - above);
    }
}
