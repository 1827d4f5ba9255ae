using System.Globalization;
using System.Text;
using AniSora.Torch.Recording;

namespace AniSora.Onnx.Export;

/// <summary>How size formulas are written in ONNX files.</summary>
internal static class OnnxSizes
{
    /// <summary>The terms of a formula: positive ones first, the constant last.</summary>
    public static IEnumerable<(IReadOnlyList<string> Factors, long Coefficient)> Terms(SizeFormula size) =>
        size.Terms.OrderBy(t => t.Factors.Count == 0).ThenBy(t => t.Coefficient < 0);

    /// <summary>Such as <c>batch</c> or <c>4*steps - 3</c>: what has the same text has the same size.</summary>
    public static string Text(SizeFormula size)
    {
        if (size.IsConstant)
            return size.Constant.ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        foreach (var (factors, coefficient) in Terms(size))
        {
            text.Append(text.Length == 0 ? (coefficient < 0 ? "-" : "") : coefficient < 0 ? " - " : " + ");
            string[] parts = factors.Count == 0 || Math.Abs(coefficient) != 1 ? [Math.Abs(coefficient).ToString(CultureInfo.InvariantCulture), .. factors] : [.. factors];
            text.AppendJoin('*', parts);
        }
        return text.ToString();
    }

    /// <summary>The size that two axes broadcast to.</summary>
    public static SizeFormula Broadcast(SizeFormula a, SizeFormula b) => a.Equals(1) ? b : b.Equals(1) || a.Equals(b) || !b.IsConstant ? a : b;

    /// <summary>The shape that two shapes broadcast to.</summary>
    public static SizeFormula[] Broadcast(IReadOnlyList<SizeFormula> a, IReadOnlyList<SizeFormula> b)
    {
        int rank = Math.Max(a.Count, b.Count);
        var shape = new SizeFormula[rank];
        for (int i = 1; i <= rank; i++)
            shape[rank - i] = i > a.Count ? b[^i] : i > b.Count ? a[^i] : Broadcast(a[^i], b[^i]);
        return shape;
    }

    /// <summary>The product of sizes.</summary>
    public static SizeFormula Product(IEnumerable<SizeFormula> sizes) => sizes.Aggregate((SizeFormula)1, (product, size) => product * size);
}
