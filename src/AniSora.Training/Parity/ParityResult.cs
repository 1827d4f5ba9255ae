namespace AniSora.Training.Parity;

/// <summary>How far one computed tensor is from the reference's.</summary>
/// <param name="Name">What was compared.</param>
/// <param name="MaxAbsolute">max |a − b|; infinite where shapes differ or a value is not finite.</param>
/// <param name="MaxRelative">max |a − b| / max |b|, where b is the reference.</param>
/// <param name="Tolerance">Largest relative error that passes.</param>
public sealed record ParityResult(string Name, double MaxAbsolute, double MaxRelative, double Tolerance)
{
    /// <summary>Whether the error is within the tolerance.</summary>
    public bool Pass => MaxRelative <= Tolerance;

    /// <summary>Compares two tensors.</summary>
    /// <param name="name">What they are.</param>
    /// <param name="actual">a.</param>
    /// <param name="expected">b, of the same shape.</param>
    /// <param name="tolerance">Largest relative error that passes.</param>
    /// <returns>The errors.</returns>
    public static ParityResult Compare(string name, Tensor actual, Tensor expected, double tolerance)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        if (!actual.shape.SequenceEqual(expected.shape) && actual.numel() + expected.numel() != 2)
            return new(name, double.PositiveInfinity, double.PositiveInfinity, tolerance);
        var (a, b) = (actual.cpu().to(float64).flatten(), expected.cpu().to(float64).flatten());
        var absolute = (a - b).abs().max().item<double>();
        var reference = b.abs().max().item<double>();
        if (!double.IsFinite(absolute))
            return new(name, double.PositiveInfinity, double.PositiveInfinity, tolerance);
        return new(name, absolute, absolute == 0 ? 0 : absolute / reference, tolerance);
    }
}
