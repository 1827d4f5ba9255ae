using System.Globalization;
using System.Text;

namespace AniSora.Torch.Recording;

/// <summary>
/// A whole number that depends on the sizes of a graph's dynamic axes: a sum of products of axes with whole coefficients, such as
/// <c>16 + height·steps·width</c> or <c>-3 + 4·steps</c>.
/// </summary>
public sealed class SizeFormula : IEquatable<SizeFormula>
{
    /// <summary>Factors of each term, in alphabetical order and joined by '·', with the term's coefficient; no factors for the constant.</summary>
    private readonly SortedDictionary<string, long> _terms = new(StringComparer.Ordinal);

    private SizeFormula() { }

    /// <summary>The axes that the formula depends on, in alphabetical order.</summary>
    public IReadOnlyList<string> Axes => [.. _terms.Keys.SelectMany(Factors).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Whether it is the same number at all sizes.</summary>
    public bool IsConstant => _terms.Count == 0 || _terms.Count == 1 && _terms.ContainsKey("");

    /// <summary>The number, if it is the same at all sizes.</summary>
    /// <exception cref="InvalidOperationException">It depends on an axis.</exception>
    public long Constant => IsConstant ? _terms.GetValueOrDefault("") : throw new InvalidOperationException($"{this} depends on the sizes");

    /// <summary>The terms: factors (axes) with their coefficient; the constant has no factors.</summary>
    public IEnumerable<(IReadOnlyList<string> Factors, long Coefficient)> Terms => _terms.Select(t => ((IReadOnlyList<string>)Factors(t.Key), t.Value));

    /// <summary>The size of an axis itself.</summary>
    public static SizeFormula Of(string axis)
    {
        var formula = new SizeFormula();
        formula._terms[axis] = 1;
        return formula;
    }

    /// <summary>A number that is the same at all sizes.</summary>
    public static implicit operator SizeFormula(long number)
    {
        var formula = new SizeFormula();
        formula.Add("", number);
        return formula;
    }

    /// <summary>Sum.</summary>
    public static SizeFormula operator +(SizeFormula a, SizeFormula b)
    {
        var sum = new SizeFormula();
        foreach (var (factors, coefficient) in a._terms.Concat(b._terms))
            sum.Add(factors, coefficient);
        return sum;
    }

    /// <summary>Difference.</summary>
    public static SizeFormula operator -(SizeFormula a, SizeFormula b) => a + b * -1;

    /// <summary>Product.</summary>
    public static SizeFormula operator *(SizeFormula a, SizeFormula b)
    {
        var product = new SizeFormula();
        foreach (var (left, x) in a._terms)
            foreach (var (right, y) in b._terms)
                product.Add(string.Join('·', Factors(left).Concat(Factors(right)).Order(StringComparer.Ordinal)), checked(x * y));
        return product;
    }

    /// <summary>The number at given sizes.</summary>
    /// <param name="sizes">The size of every axis of <see cref="Axes"/>.</param>
    public long At(IReadOnlyDictionary<string, long> sizes) =>
        _terms.Sum(term => Factors(term.Key).Aggregate(term.Value, (product, axis) => checked(product * sizes[axis])));

    /// <summary>
    /// The one formula without squares that has given values where each axis is either at its lower size or one above.
    /// </summary>
    /// <param name="axes">The axes.</param>
    /// <param name="values">2ⁿ values; bit i of the index says whether axis i is one above its lower size.</param>
    internal static SizeFormula Fit(IReadOnlyList<GraphAxis> axes, IReadOnlyList<long> values)
    {
        // In u = size - low, which is 0 or 1, the coefficient of the product over a set of axes is the alternating sum over its subsets.
        SizeFormula sum = 0;
        for (int set = 0; set < values.Count; set++)
        {
            long coefficient = 0;
            for (int subset = set; ; subset = (subset - 1) & set)
            {
                coefficient += values[subset] * ((System.Numerics.BitOperations.PopCount((uint)(set ^ subset)) & 1) == 0 ? 1 : -1);
                if (subset == 0)
                    break;
            }
            if (coefficient == 0)
                continue;
            SizeFormula term = coefficient;
            for (int i = 0; i < axes.Count; i++)
                if ((set >> i & 1) != 0)
                    term *= Of(axes[i].Name) - axes[i].Low;
            sum += term;
        }
        return sum;
    }

    /// <inheritdoc/>
    public bool Equals(SizeFormula? other) => other is not null && _terms.SequenceEqual(other._terms);

    /// <inheritdoc/>
    public override bool Equals(object? other) => Equals(other as SizeFormula);

    /// <inheritdoc/>
    public override int GetHashCode() => _terms.Aggregate(17, (hash, term) => HashCode.Combine(hash, term.Key, term.Value));

    /// <summary>Such as <c>16 + height·steps·width</c>.</summary>
    public override string ToString()
    {
        if (_terms.Count == 0)
            return "0";
        var text = new StringBuilder();
        foreach (var (factors, coefficient) in _terms)
        {
            string sign = text.Length == 0 ? (coefficient < 0 ? "-" : "") : (coefficient < 0 ? " - " : " + ");
            long size = Math.Abs(coefficient);
            text.Append(sign);
            if (factors.Length == 0 || size != 1)
                text.Append(size.ToString(CultureInfo.InvariantCulture)).Append(factors.Length == 0 ? "" : "·");
            text.Append(factors);
        }
        return text.ToString();
    }

    private static string[] Factors(string term) => term.Length == 0 ? [] : term.Split('·');

    private void Add(string factors, long coefficient)
    {
        long sum = checked(_terms.GetValueOrDefault(factors) + coefficient);
        if (sum == 0)
            _terms.Remove(factors);
        else
            _terms[factors] = sum;
    }
}
