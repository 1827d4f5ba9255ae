using System.Globalization;
using System.Text;

namespace AniSora.Onnx.Export;

/// <summary>
/// A length that may depend on a graph's dynamic axes: a sum of products of axes with whole coefficients, such as
/// <c>height*steps*width + 16</c> or <c>4*steps - 3</c>. What has the same text is the same length.
/// </summary>
/// <example><code>var height = Dim.Axis("height");  Dim[] shape = [Dim.Axis("batch"), 3, 8 * height];</code></example>
public sealed class Dim : IEquatable<Dim>
{
    /// <summary>The axes of each term, in alphabetical order and joined by '*', with the term's coefficient; "" for the constant.</summary>
    private readonly SortedDictionary<string, long> _terms = new(StringComparer.Ordinal);

    private Dim() { }

    /// <summary>Whether it is the same number at all sizes.</summary>
    public bool IsConstant => _terms.Count == 0 || (_terms.Count == 1 && _terms.ContainsKey(""));

    /// <summary>The number, if it is the same at all sizes.</summary>
    /// <exception cref="InvalidOperationException">It depends on an axis.</exception>
    public long Constant => IsConstant ? _terms.GetValueOrDefault("") : throw new InvalidOperationException($"{this} depends on the sizes");

    /// <summary>The axes that it depends on.</summary>
    public IEnumerable<string> Axes => _terms.Keys.SelectMany(Factors).Distinct();

    /// <summary>Factors (axes) and coefficient of each term: positive ones first, the constant last.</summary>
    internal IEnumerable<(string[] Factors, long Coefficient)> Terms =>
        _terms.OrderBy(t => t.Key.Length == 0).ThenBy(t => t.Value < 0).Select(t => (Factors(t.Key), t.Value));

    /// <summary>A dynamic axis.</summary>
    /// <param name="name">Its name, without operators.</param>
    public static Dim Axis(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var dim = new Dim();
        dim.Add(name, 1);
        return dim;
    }

    /// <summary>A number that is the same at all sizes.</summary>
    public static implicit operator Dim(long number)
    {
        var dim = new Dim();
        dim.Add("", number);
        return dim;
    }

    /// <summary>Sum.</summary>
    public static Dim operator +(Dim a, Dim b)
    {
        var sum = new Dim();
        foreach (var (factors, coefficient) in a._terms.Concat(b._terms))
            sum.Add(factors, coefficient);
        return sum;
    }

    /// <summary>Difference.</summary>
    public static Dim operator -(Dim a, Dim b) => a + (b * -1);

    /// <summary>Product.</summary>
    public static Dim operator *(Dim a, Dim b)
    {
        var product = new Dim();
        foreach (var (left, x) in a._terms)
            foreach (var (right, y) in b._terms)
                product.Add(string.Join('*', Factors(left).Concat(Factors(right)).Order(StringComparer.Ordinal)), checked(x * y));
        return product;
    }

    /// <summary>⌊this / divisor⌋, or null where that is no such sum: <c>(8*height - 2) / 2</c> is one, <c>(height - 2) / 2</c> is not.</summary>
    /// <param name="divisor">Positive.</param>
    public Dim? FloorDivide(long divisor)
    {
        var quotient = new Dim();
        foreach (var (factors, coefficient) in _terms)
        {
            if (factors.Length > 0 && coefficient % divisor != 0)
                return null;
            quotient.Add(factors, (long)Math.Floor((double)coefficient / divisor));
        }
        return quotient;
    }

    /// <summary>The whole number that <paramref name="part"/> is to be multiplied with to give this, at all sizes; 0 if there is none.</summary>
    public long Over(Dim part)
    {
        var term = part._terms.FirstOrDefault();
        long factor = term.Value == 0 ? 0 : _terms.GetValueOrDefault(term.Key) / term.Value;
        return factor > 0 && Equals(part * factor) ? factor : 0;
    }

    /// <summary>The number at given sizes.</summary>
    /// <param name="sizes">The size of every axis.</param>
    public long At(IReadOnlyDictionary<string, long> sizes) =>
        _terms.Sum(term => Factors(term.Key).Aggregate(term.Value, (product, axis) => checked(product * sizes[axis])));

    /// <summary>The product of lengths.</summary>
    public static Dim Product(IEnumerable<Dim> dims) => dims.Aggregate((Dim)1, (product, dim) => product * dim);

    /// <summary>The shape that two shapes broadcast to.</summary>
    internal static Dim[] Broadcast(IReadOnlyList<Dim> a, IReadOnlyList<Dim> b)
    {
        var shape = new Dim[Math.Max(a.Count, b.Count)];
        for (int i = 1; i <= shape.Length; i++)
            shape[^i] = i > a.Count ? b[^i] : i > b.Count ? a[^i] : a[^i].Equals(1) || (b[^i].IsConstant && !b[^i].Equals(1)) ? b[^i] : a[^i];
        return shape;
    }

    /// <inheritdoc/>
    public bool Equals(Dim? other) => other is not null && _terms.SequenceEqual(other._terms);

    /// <inheritdoc/>
    public override bool Equals(object? other) => Equals(other as Dim);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>Such as <c>4*steps - 3</c>.</summary>
    public override string ToString()
    {
        if (IsConstant)
            return Constant.ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        foreach (var (factors, coefficient) in Terms)
        {
            text.Append(text.Length == 0 ? (coefficient < 0 ? "-" : "") : coefficient < 0 ? " - " : " + ");
            string[] number = factors.Length == 0 || Math.Abs(coefficient) != 1 ? [Math.Abs(coefficient).ToString(CultureInfo.InvariantCulture)] : [];
            text.AppendJoin('*', [.. number, .. factors]);
        }
        return text.ToString();
    }

    private static string[] Factors(string term) => term.Length == 0 ? [] : term.Split('*');

    private void Add(string factors, long coefficient)
    {
        long sum = checked(_terms.GetValueOrDefault(factors) + coefficient);
        if (sum == 0)
            _terms.Remove(factors);
        else
            _terms[factors] = sum;
    }
}
