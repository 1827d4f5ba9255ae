using AniSora.Torch.Recording;
using FsCheck;
using FsCheck.Fluent;

namespace AniSora.Torch.Tests.Recording;

public sealed class SizeFormulaTests
{
    private static readonly GraphAxis[] Axes = [new("b", 2), new("h", 3), new("t", 2), new("w", 5)];

    /// <summary>Coefficients of the 16 products of axes, and sizes of the four axes.</summary>
    private static readonly Gen<(long[] Coefficients, long[] Sizes)> Cases =
        from coefficients in Gen.Choose(-9, 9).Select(c => (long)c).ArrayOf(16)
        from sizes in Gen.Choose(0, 50).Select(s => (long)s).ArrayOf(4)
        select (coefficients, sizes);

    [Fact]
    public void A_fit_is_the_polynomial_that_the_numbers_came_from() => Holds(c =>
    {
        long[] corners = [.. Enumerable.Range(0, 16).Select(corner => Value(c.Coefficients, i => Axes[i].Low + (corner >> i & 1)))];
        var fitted = SizeFormula.Fit(Axes, corners);
        return fitted.Equals(Formula(c.Coefficients)) && fitted.At(Named(c.Sizes)) == Value(c.Coefficients, i => c.Sizes[i]);
    });

    [Fact]
    public void Sum_difference_and_product_are_those_of_the_values() => Holds(c =>
    {
        long[] half = [.. c.Coefficients.Select((x, i) => i % 3 == 0 ? x : 0)];
        var (a, b, sizes) = (Formula(c.Coefficients), Formula(half), Named(c.Sizes));
        return (a + b).At(sizes) == a.At(sizes) + b.At(sizes)
            && (a - b).At(sizes) == a.At(sizes) - b.At(sizes)
            && (a * b).At(sizes) == a.At(sizes) * b.At(sizes)
            && (a - a).Equals(0) && (a * 0).IsConstant && (a - a).Constant == 0;
    });

    [Fact]
    public void Equal_formulas_have_equal_text_and_hash_however_they_were_made() => Holds(c =>
    {
        var forward = Formula(c.Coefficients);
        var backward = Formula(c.Coefficients, reverse: true);
        return forward.Equals(backward) && forward.GetHashCode() == backward.GetHashCode() && forward.ToString() == backward.ToString()
            && !forward.Equals(forward + 1) && forward.ToString() != (forward + 1).ToString();
    });

    [Fact]
    public void Text_reads_like_a_sum()
    {
        SizeFormula b = Axes[0], h = Axes[1], zero = 0, minus = -3;
        Assert.Equal("0", zero.ToString());
        Assert.Equal("-3", minus.ToString());
        Assert.Equal("b", b.ToString());
        Assert.Equal("-b", (0 - b).ToString());
        Assert.Equal("-3 + 4·h", (4 * h - 3).ToString());
        Assert.Equal("16 - b·h + 2·h", (16 + 2 * h - h * b).ToString());
        Assert.Equal("16 - b·h + 2·h", (16 + 2 * Axes[1] - b * h).ToString());
        Assert.Equal(["b", "h"], (b * h + h).Axes);
        Assert.Throws<InvalidOperationException>(() => b.Constant);
        Assert.Throws<OverflowException>(() => b * long.MaxValue * 2);
    }

    [Fact]
    public void An_axis_is_found_in_a_multiple_and_an_offset()
    {
        SizeFormula t = Axes[2];
        Assert.Equal(("t", 1L, 0L), RecordedGraph.AxisOf(t));
        Assert.Equal(("t", 4L, -3L), RecordedGraph.AxisOf(4 * t - 3));
        Assert.Null(RecordedGraph.AxisOf(7));
        Assert.Null(RecordedGraph.AxisOf(t * Axes[1]));
        Assert.Null(RecordedGraph.AxisOf(t + Axes[1]));
    }

    private static void Holds(Func<(long[] Coefficients, long[] Sizes), bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithReplay(1, 3), Prop.ForAll(Cases.ToArbitrary(), property));

    private static Dictionary<string, long> Named(long[] sizes) => Axes.Zip(sizes).ToDictionary(p => p.First.Name, p => p.Second);

    private static long Value(long[] coefficients, Func<int, long> size) =>
        Enumerable.Range(0, 16).Sum(set => coefficients[set] * Enumerable.Range(0, 4).Where(i => (set >> i & 1) != 0).Aggregate(1L, (product, i) => product * size(i)));

    private static SizeFormula Formula(long[] coefficients, bool reverse = false)
    {
        SizeFormula sum = 0;
        foreach (int set in reverse ? Enumerable.Range(0, 16).Reverse() : Enumerable.Range(0, 16))
        {
            SizeFormula term = coefficients[set];
            foreach (int i in reverse ? Enumerable.Range(0, 4).Reverse() : Enumerable.Range(0, 4))
                if ((set >> i & 1) != 0)
                    term *= Axes[i];
            sum += term;
        }
        return sum;
    }
}
