using System.Globalization;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

/// <summary>A number given to an operator, or read from a tensor of one element. Integers, fractions and truth values keep their
/// kind.</summary>
/// <remarks>A value, unlike TorchSharp's class, so that <c>x * 2.0</c> allocates nothing; <c>Scalar?</c> stands for "none".</remarks>
public readonly struct Scalar : IEquatable<Scalar>
{
    internal Scalar(ArgTag tag, long bits)
    {
        Tag = tag;
        Bits = bits;
    }

    internal ArgTag Tag { get; }

    internal long Bits { get; }

    /// <summary>The element type of its kind: Int64, Float64 or Bool.</summary>
    public torch.ScalarType Type => Tag switch
    {
        ArgTag.Double => torch.ScalarType.Float64,
        ArgTag.Bool => torch.ScalarType.Bool,
        _ => torch.ScalarType.Int64,
    };

    /// <summary>An integer.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Scalar(byte value) => (long)value;

    /// <summary>An integer.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Scalar(int value) => (long)value;

    /// <summary>An integer.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Scalar(long value) => new(ArgTag.Int, value);

    /// <summary>A fraction.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Scalar(float value) => (double)value;

    /// <summary>A fraction.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Scalar(double value) => new(ArgTag.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A truth value.</summary>
    /// <param name="value">The truth value.</param>
    public static implicit operator Scalar(bool value) => new(ArgTag.Bool, value ? 1 : 0);

    /// <summary>Whether two numbers have the same kind and value.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(Scalar left, Scalar right) => left.Equals(right);

    /// <summary>Whether two numbers differ in kind or value.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(Scalar left, Scalar right) => !left.Equals(right);

    /// <summary>The number as a double.</summary>
    public double ToDouble() => Tag == ArgTag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    /// <summary>The number as a float.</summary>
    public float ToSingle() => (float)ToDouble();

    /// <summary>The number as a long; a fraction is cut towards zero.</summary>
    public long ToInt64() => Tag == ArgTag.Double ? (long)ToDouble() : Bits;

    /// <summary>The number as an int; a fraction is cut towards zero.</summary>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public int ToInt32() => checked((int)ToInt64());

    /// <summary>The number as a byte; a fraction is cut towards zero.</summary>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public byte ToByte() => checked((byte)ToInt64());

    /// <summary>Whether the number is not zero.</summary>
    public bool ToBoolean() => ToDouble() != 0;

    /// <inheritdoc/>
    public bool Equals(Scalar other) => Tag == other.Tag && Bits == other.Bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Scalar other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Tag, Bits);

    /// <inheritdoc/>
    public override string ToString() => Tag switch
    {
        ArgTag.Double => ToDouble().ToString(CultureInfo.InvariantCulture),
        ArgTag.Bool => Bits != 0 ? "true" : "false",
        _ => Bits.ToString(CultureInfo.InvariantCulture),
    };
}
