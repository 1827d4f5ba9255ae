namespace AniSora.Models.Fast.Tests;

/// <summary>Numbers to compare with that don't come from libtorch.</summary>
internal static class Numeric
{
    /// <summary>Deterministic numbers in [low, high).</summary>
    internal static float[] Values(int count, int seed = 1, double low = -2, double high = 2)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(low + (high - low) * random.NextDouble()))];
    }

    internal static Tensor Of(float[] values, params long[] shape) => tensor(values, shape);

    /// <summary>Compares elements in row-major order, with a tolerance relative to the greater of 1 and the number.</summary>
    internal static void Close(IEnumerable<double> expected, Tensor actual, double tolerance = 1e-5)
    {
        using var wide = actual.to(float64);
        var values = wide.data<double>().ToArray();
        var wanted = expected.ToArray();
        Assert.Equal(wanted.Length, values.Length);
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(Math.Abs(wanted[i] - values[i]) <= tolerance * Math.Max(1, Math.Abs(wanted[i])) || (double.IsNaN(wanted[i]) && double.IsNaN(values[i])),
                $"element {i}: expected {wanted[i]}, got {values[i]}");
    }

    /// <summary>
    /// Checks the gradient of a scalar-valued function by every element of every input against central differences, in float64.
    /// The result is weighted with fixed numbers first, so that no error can cancel.
    /// </summary>
    internal static void CheckGradients(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        const double step = 1e-5;
        using var scope = NewDisposeScope();
        var leaves = inputs.Select(input => input.to(float64).clone().detach().requires_grad_()).ToArray();

        Tensor Loss()
        {
            var result = function(leaves);
            var weights = tensor(Enumerable.Range(1, (int)result.numel()).Select(i => Math.Sin(i)).ToArray()).reshape(result.shape);
            return (result * weights).sum();
        }

        Loss().Backward();
        foreach (var (leaf, number) in leaves.Select((leaf, i) => (leaf, i)))
        {
            var analytic = leaf.grad!.data<double>().ToArray();
            for (var i = 0; i < analytic.Length; i++)
            {
                double At(double offset)
                {
                    using var inner = NewDisposeScope();
                    using var _ = no_grad();
                    leaf.data<double>()[i] += offset;
                    var value = Loss().item<double>();
                    leaf.data<double>()[i] -= offset;
                    return value;
                }
                var difference = (At(step) - At(-step)) / (2 * step);
                Assert.True(Math.Abs(difference - analytic[i]) <= 1e-6 * Math.Max(1, Math.Abs(difference)),
                    $"input {number} element {i}: gradient {analytic[i]}, by differences {difference}");
            }
        }
    }
}
