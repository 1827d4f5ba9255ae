using AniSora.Torch.Interop;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>One argument of an operator: a tensor, a number, a list, a text or nothing. Made by implicit conversion.</summary>
/// <remarks>It keeps what it refers to reachable, so a tensor cannot be finalised while native code works on it.</remarks>
public readonly struct TorchArg
{
    private TorchArg(ArgTag tag, object? reference, long bits = 0)
    {
        Tag = tag;
        Reference = reference;
        Bits = bits;
    }

    internal ArgTag Tag { get; }

    internal object? Reference { get; }

    internal long Bits { get; }

    /// <summary>No value: an absent optional argument.</summary>
    public static TorchArg None => default;

    /// <summary>The operator's own default for this argument.</summary>
    public static TorchArg Default => new(ArgTag.Default, null);

    /// <summary>The value: Tensor, Tensor[], long, double, bool, long[], double[], bool[], string, Device, Generator, or null for
    /// none.</summary>
    public object? Value => Tag switch
    {
        ArgTag.None or ArgTag.Default => null,
        ArgTag.Int => Bits,
        ArgTag.Double => BitConverter.Int64BitsToDouble(Bits),
        ArgTag.Bool => Bits != 0,
        _ => Reference,
    };

    /// <summary>Whether the operator's own default is meant.</summary>
    public bool IsDefault => Tag == ArgTag.Default;

    /// <summary>A list of tensors some of which may be missing, as <c>aten::index</c> takes.</summary>
    /// <param name="tensors">The tensors; null = missing.</param>
    public static TorchArg Optional(Tensor?[] tensors) => new(ArgTag.OptionalTensors, tensors);

    /// <summary>A tensor; null = none.</summary>
    /// <param name="value">The tensor.</param>
    public static implicit operator TorchArg(Tensor? value) => value is null ? None : new(ArgTag.Tensor, value);

    /// <summary>A list of tensors.</summary>
    /// <param name="value">The tensors.</param>
    public static implicit operator TorchArg(Tensor[]? value) => value is null ? None : new(ArgTag.Tensors, value);

    /// <summary>An integer.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator TorchArg(long value) => new(ArgTag.Int, null, value);

    /// <summary>An integer; null = none.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator TorchArg(long? value) => value is { } number ? (TorchArg)number : None;

    /// <summary>A fraction.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator TorchArg(double value) => new(ArgTag.Double, null, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A fraction; null = none.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator TorchArg(double? value) => value is { } number ? (TorchArg)number : None;

    /// <summary>A truth value.</summary>
    /// <param name="value">The truth value.</param>
    public static implicit operator TorchArg(bool value) => new(ArgTag.Bool, null, value ? 1 : 0);

    /// <summary>A number that keeps its kind.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator TorchArg(Scalar value) => new(value.Tag, null, value.Bits);

    /// <summary>A number that keeps its kind; null = none.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator TorchArg(Scalar? value) => value is { } number ? (TorchArg)number : None;

    /// <summary>A list of integers, such as a shape.</summary>
    /// <param name="value">The numbers.</param>
    public static implicit operator TorchArg(long[]? value) => value is null ? None : new(ArgTag.Ints, value);

    /// <summary>A list of fractions.</summary>
    /// <param name="value">The numbers.</param>
    public static implicit operator TorchArg(double[]? value) => value is null ? None : new(ArgTag.Doubles, value);

    /// <summary>A list of truth values.</summary>
    /// <param name="value">The truth values.</param>
    public static implicit operator TorchArg(bool[]? value) => value is null ? None : new(ArgTag.Bools, value);

    /// <summary>A text.</summary>
    /// <param name="value">The text.</param>
    public static implicit operator TorchArg(string? value) => value is null ? None : new(ArgTag.String, value);

    /// <summary>An element type.</summary>
    /// <param name="value">The type.</param>
    public static implicit operator TorchArg(ScalarType value) => (long)value;

    /// <summary>An element type; null = none.</summary>
    /// <param name="value">The type.</param>
    public static implicit operator TorchArg(ScalarType? value) => value is { } type ? (long)type : None;

    /// <summary>A device; null = none.</summary>
    /// <param name="value">The device.</param>
    public static implicit operator TorchArg(Device? value) => value is null ? None : new(ArgTag.Device, value);

    /// <summary>A source of random numbers; null = the device's own.</summary>
    /// <param name="value">The generator.</param>
    public static implicit operator TorchArg(Generator? value) => value is null ? None : new(ArgTag.Generator, value);

    internal string Describe() => Tag switch
    {
        ArgTag.None => "none",
        ArgTag.Default => "default",
        ArgTag.Tensor => ((Tensor)Reference!).Describe(),
        ArgTag.Tensors or ArgTag.OptionalTensors => $"[{string.Join(", ", ((Tensor?[])Reference!).Select(t => t?.Describe() ?? "none"))}]",
        ArgTag.Ints => $"[{string.Join(", ", (long[])Reference!)}]",
        ArgTag.Doubles => $"[{string.Join(", ", (double[])Reference!)}]",
        ArgTag.Bools => $"[{string.Join(", ", (bool[])Reference!)}]",
        ArgTag.String => $"\"{Reference}\"",
        ArgTag.Generator => "generator",
        _ => FormattableString.Invariant($"{Value}"),
    };
}
