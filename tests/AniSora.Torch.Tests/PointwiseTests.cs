namespace AniSora.Torch.Tests;

public class PointwiseTests
{
    /// <summary>Every operator of one tensor with the C# function it must agree with, on numbers of its domain.</summary>
    public static TheoryData<string, double, double> Unary => new()
    {
        { "abs", -2, 2 }, { "neg", -2, 2 }, { "sign", -2, 2 }, { "floor", -2, 2 }, { "ceil", -2, 2 }, { "trunc", -2, 2 }, { "frac", -2, 2 },
        { "reciprocal", .5, 2 }, { "square", -2, 2 }, { "sqrt", .1, 2 }, { "rsqrt", .1, 2 }, { "exp", -2, 2 }, { "exp2", -2, 2 }, { "expm1", -2, 2 },
        { "log", .1, 4 }, { "log2", .1, 4 }, { "log10", .1, 4 }, { "log1p", -.5, 4 }, { "sin", -4, 4 }, { "cos", -4, 4 }, { "tan", -1, 1 },
        { "asin", -1, 1 }, { "acos", -1, 1 }, { "atan", -4, 4 }, { "sinh", -2, 2 }, { "cosh", -2, 2 }, { "tanh", -2, 2 }, { "sigmoid", -4, 4 },
        { "erf", -2, 2 }, { "relu", -2, 2 }, { "silu", -4, 4 }, { "round", -2, 2 }, { "gelu", -3, 3 },
    };

    private static Func<double, double> Reference(string name) => name switch
    {
        "abs" => Math.Abs,
        "neg" => x => -x,
        "sign" => x => Math.Sign(x),
        "floor" => Math.Floor,
        "ceil" => Math.Ceiling,
        "trunc" => Math.Truncate,
        "frac" => x => x - Math.Truncate(x),
        "reciprocal" => x => 1 / x,
        "square" => x => x * x,
        "sqrt" => Math.Sqrt,
        "rsqrt" => x => 1 / Math.Sqrt(x),
        "exp" => Math.Exp,
        "exp2" => x => Math.Pow(2, x),
        "expm1" => x => Math.Exp(x) - 1,
        "log" => Math.Log,
        "log2" => Math.Log2,
        "log10" => Math.Log10,
        "log1p" => x => Math.Log(1 + x),
        "sin" => Math.Sin,
        "cos" => Math.Cos,
        "tan" => Math.Tan,
        "asin" => Math.Asin,
        "acos" => Math.Acos,
        "atan" => Math.Atan,
        "sinh" => Math.Sinh,
        "cosh" => Math.Cosh,
        "tanh" => Math.Tanh,
        "sigmoid" => x => 1 / (1 + Math.Exp(-x)),
        "erf" => Erf,
        "relu" => x => Math.Max(x, 0),
        "silu" => x => x / (1 + Math.Exp(-x)),
        "round" => x => Math.Round(x, MidpointRounding.ToEven),
        "gelu" => x => x * .5 * (1 + Erf(x / Math.Sqrt(2))),
        _ => throw new ArgumentException(name),
    };

    /// <summary>The error function by its Taylor series, which converges everywhere.</summary>
    private static double Erf(double x)
    {
        double sum = 0, term = x;
        for (var n = 0; n < 60; n++)
        {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    [Theory, MemberData(nameof(Unary))]
    public void Unary_operators_agree_with_Math(string name, double low, double high)
    {
        using var scope = NewDisposeScope();
        var values = Numeric.Values(24, 3, low, high);
        var expected = values.Select(v => Reference(name)(v)).ToArray();
        var x = Numeric.Of(values, 2, 3, 4);

        var method = typeof(Tensor).GetMethods().First(m => m.Name == name && m.GetParameters().All(p => p.IsOptional));
        Numeric.Close(expected, (Tensor)method.Invoke(x, [.. method.GetParameters().Select(p => p.DefaultValue)])!, 2e-5);

        var inPlace = typeof(Tensor).GetMethod(name + "_", Type.EmptyTypes);
        if (inPlace is null)
            return;
        Assert.Same(x, inPlace.Invoke(x, []));
        Numeric.Close(expected, x, 2e-5);
    }

    [Theory, MemberData(nameof(Unary))]
    public void Unary_gradients_agree_with_differences(string name, double low, double high)
    {
        using var scope = NewDisposeScope();
        var method = typeof(Tensor).GetMethods().First(m => m.Name == name && m.GetParameters().All(p => p.IsOptional));
        object?[] defaults = [.. method.GetParameters().Select(p => p.DefaultValue)];
        Numeric.CheckGradients(x => (Tensor)method.Invoke(x[0], defaults)!, Numeric.Of(Numeric.Values(5, 4, low + .01, high - .01), 5));
    }

    [Fact]
    public void Arithmetic_broadcasts_and_keeps_numbers_kinds()
    {
        using var scope = NewDisposeScope();
        float[] a = Numeric.Values(6, 5), b = Numeric.Values(3, 6, .5, 2);
        Tensor x = Numeric.Of(a, 2, 3), y = Numeric.Of(b, 3);
        IEnumerable<double> Each(Func<double, double, double> f) => a.Select((v, i) => f(v, b[i % 3]));

        Numeric.Close(Each((p, q) => p + q), x + y);
        Numeric.Close(Each((p, q) => p - q), x - y);
        Numeric.Close(Each((p, q) => p * q), x * y);
        Numeric.Close(Each((p, q) => p / q), x / y);
        Numeric.Close(Each((p, q) => p - Math.Floor(p / q) * q), x % y);
        Numeric.Close(Each((p, q) => p + 3 * q), x.add(y, 3));
        Numeric.Close(Each((p, q) => Math.Max(p, q)), maximum(x, y));
        Numeric.Close(Each((p, q) => Math.Min(p, q)), minimum(x, y));
        Numeric.Close(Each((p, q) => Math.Floor(p / q)), x.div(y, RoundingMode.floor));
        Numeric.Close(Each((p, q) => Math.Truncate(p / q)), x.div(y, RoundingMode.trunc));
        Numeric.Close(a.Select(p => 2.5 - p), 2.5 - x);
        Numeric.Close(a.Select(p => 2.0 / p), 2 / x, 1e-4);
        Numeric.Close(a.Select(p => p * 2.5), 2.5 * x);
        Numeric.Close(a.Select(p => p + 1.0), 1 + x);
        Numeric.Close(b.Select(p => Math.Pow(p, 1.5)), y.pow(1.5));
        Numeric.Close(b.Select(p => Math.Pow(p, p)), y.pow(y));
        Numeric.Close(a.Select(p => -(double)p), -x);

        var integers = arange(5);
        Assert.Equal(int64, integers.dtype);
        Assert.Equal(int64, (integers * 2).dtype);
        Assert.Equal(float32, (integers * 2.0).dtype);
        Assert.Equal(float32, (integers / 2).dtype);
    }

    [Fact]
    public void Arithmetic_in_place_changes_and_returns_the_tensor_itself()
    {
        using var scope = NewDisposeScope();
        var a = Numeric.Values(4, 7, 1, 2);
        var y = Numeric.Of(a, 4);
        void Check(Func<Tensor, Tensor> change, Func<double, double> expected)
        {
            var x = Numeric.Of(a, 4);
            Assert.Same(x, change(x));
            Numeric.Close(a.Select(v => expected(v)), x);
        }

        Check(x => x.add_(y), v => 2 * v);
        Check(x => x.add_(y, .5), v => 1.5 * v);
        Check(x => x.add_(3), v => v + 3);
        Check(x => x.sub_(y), v => 0);
        Check(x => x.sub_(1), v => v - 1);
        Check(x => x.mul_(y), v => v * v);
        Check(x => x.mul_(-2), v => -2 * v);
        Check(x => x.div_(y), v => 1);
        Check(x => x.div_(4), v => v / 4);
        Check(x => x.pow_(2), v => v * v);
        Check(x => x.clamp_(1.2, 1.5), v => Math.Clamp(v, 1.2, 1.5));
        Check(x => x.lerp_(y * 2, .25), v => 1.25 * v);
        Check(x => x.addcmul_(y, y, 2), v => v + 2 * v * v);
        Check(x => x.addcdiv_(y, y, 3), v => v + 3);
        Check(x => x.fill_(7), v => 7);
        Check(x => x.zero_(), v => 0);
        Check(x => x.copy_(y * 3), v => 3 * v);
        Check(x => x.masked_fill_(x > 1.5, 0), v => v > 1.5 ? 0 : v);
    }

    [Fact]
    public void Selecting_operators()
    {
        using var scope = NewDisposeScope();
        var a = Numeric.Values(6, 8);
        Tensor x = Numeric.Of(a, 6), y = zeros(6);
        Numeric.Close(a.Select(v => Math.Clamp((double)v, -1, 1)), x.clamp(-1, 1));
        Numeric.Close(a.Select(v => Math.Max((double)v, 0)), x.clamp(min: 0));
        Numeric.Close(a.Select(v => Math.Min((double)v, 0.5)), x.clamp(max: .5));
        Numeric.Close(a.Select(v => Math.Max((double)v, 0)), x.clamp(y, null));
        Numeric.Close(a.Select(v => v > 0 ? v : 0.0), where(x > 0, x, y));
        Numeric.Close(a.Select(v => v > 0 ? 9.0 : v), x.masked_fill(x > 0, 9));
        Numeric.Close(a.Select(v => .75 * v), lerp(x, y, .25));
        Numeric.Close(a.Select(v => v + 2.0 * v * v), addcmul(x, x, x, 2));
        Numeric.Close(a.Select(v => v + 2.0), addcdiv(x, x, x, 2));
        Numeric.Close([0, 1, -1, 1], nan_to_num(tensor(new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1 }), 0, 1, -1));
    }

    [Fact]
    public void Comparisons_give_bools()
    {
        using var scope = NewDisposeScope();
        var a = new[] { -1f, 0, 1, 2 };
        var x = tensor(a);
        void Check(Tensor actual, Func<float, bool> expected)
        {
            Assert.Equal(ScalarType.Bool, actual.dtype);
            Assert.Equal(a.Select(expected), actual.ToArray<bool>());
        }
        Check(x == 1, v => v == 1);
        Check(x != 1, v => v != 1);
        Check(x < 1, v => v < 1);
        Check(x <= 1, v => v <= 1);
        Check(x > 0, v => v > 0);
        Check(x >= 0, v => v >= 0);
        Check(x == x.abs(), v => v == Math.Abs(v));
        Check((x > 0) & (x < 2), v => v is > 0 and < 2);
        Check((x < 0) | (x > 1), v => v is < 0 or > 1);
        Check(~(x > 0), v => v <= 0);
        Check(x.logical_not(), v => v == 0);
        Assert.True(x.allclose(x * (1 + 1e-6)));
        Assert.False(x.allclose(x + 1e-3));
        Assert.True(x.Equals(tensor(a)));
        Assert.False(x.Equals(tensor([-1f, 0, 1, 3])));
    }
}
