using System.Globalization;
using AniSora.Torch;
using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

/// <summary>
/// A recorded operator call that is being translated: its arguments by the names that its schema gives them (missing ones have their
/// defaults), and the means to write ONNX nodes.
/// </summary>
public sealed partial class OnnxCall
{
    private readonly OnnxGraph _graph;
    private readonly Func<RecordedValue, OnnxValue> _value;
    private readonly OperatorSchema _schema;

    internal OnnxCall(RecordedNode node, OnnxGraph graph, Func<RecordedValue, OnnxValue> value)
    {
        (Node, _graph, _value) = (node, graph, value);
        _schema = OperatorSchema.Of(node.Op);
    }

    /// <summary>The recorded call.</summary>
    public RecordedNode Node { get; }

    /// <summary>The first result as libtorch computed it: type and shape that the translation has to give.</summary>
    public RecordedValue Result => Node.Results[0]!;

    /// <summary>Whether an argument has a value: not none, and not a default of none.</summary>
    /// <param name="argument">Its name.</param>
    public bool Has(string argument) => Find(argument) is not (null or "None");

    /// <summary>A tensor.</summary>
    /// <param name="argument">Its name.</param>
    public OnnxValue Tensor(string argument = "self") => Find(argument) is RecordedValue value ? _value(value) : throw Unexpected(argument, "a tensor");

    /// <summary>A tensor that may be missing.</summary>
    /// <param name="argument">Its name.</param>
    public OnnxValue? OptionalTensor(string argument) => Has(argument) ? Tensor(argument) : null;

    /// <summary>A list of tensors.</summary>
    /// <param name="argument">Its name.</param>
    public OnnxValue[] Tensors(string argument) =>
        Find(argument) is RecordedValue?[] list ? [.. list.Select(v => _value(v ?? throw Unexpected(argument, "a list without gaps")))] : throw Unexpected(argument, "a list of tensors");

    /// <summary>A list of tensors with gaps.</summary>
    /// <param name="argument">Its name.</param>
    public OnnxValue?[] OptionalTensors(string argument) =>
        Find(argument) is RecordedValue?[] list ? [.. list.Select(v => v is null ? null : _value(v))] : throw Unexpected(argument, "a list of tensors");

    /// <summary>A whole number that may depend on the sizes.</summary>
    /// <param name="argument">Its name.</param>
    public SizeFormula Size(string argument) => Find(argument) switch
    {
        SizeFormula size => size,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        _ => throw Unexpected(argument, "a whole number"),
    };

    /// <summary>A whole number that is the same at all sizes.</summary>
    /// <param name="argument">Its name.</param>
    /// <exception cref="InputException">It depends on the sizes.</exception>
    public long Int(string argument) => Fixed(argument, Size(argument));

    /// <summary>A list of whole numbers that may depend on the sizes.</summary>
    /// <param name="argument">Its name.</param>
    public SizeFormula[] Sizes(string argument) => Find(argument) switch
    {
        SizeFormula[] sizes => sizes,
        SizeFormula size => [size],
        string text when ParseList(text) is { } numbers => [.. numbers.Select(n => (SizeFormula)n)],
        _ => throw Unexpected(argument, "a list of whole numbers"),
    };

    /// <summary>A list of whole numbers that are the same at all sizes.</summary>
    /// <param name="argument">Its name.</param>
    /// <exception cref="InputException">They depend on the sizes.</exception>
    public long[] Ints(string argument) => [.. Sizes(argument).Select(s => Fixed(argument, s))];

    /// <summary>A list of a number for each of <paramref name="count"/> axes: one given number stands for all.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="count">How many are wanted.</param>
    /// <exception cref="InputException">They depend on the sizes.</exception>
    public long[] Ints(string argument, int count) => Ints(argument) is { } list && list.Length == 1 ? [.. Enumerable.Repeat(list[0], count)] : Ints(argument);

    /// <summary>A number.</summary>
    /// <param name="argument">Its name.</param>
    /// <exception cref="InputException">It depends on the sizes.</exception>
    public double Number(string argument) => Find(argument) switch
    {
        double number => number,
        bool flag => flag ? 1 : 0,
        SizeFormula size => Fixed(argument, size),
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => throw Unexpected(argument, "a number"),
    };

    /// <summary>A truth value.</summary>
    /// <param name="argument">Its name.</param>
    public bool Flag(string argument) => Find(argument) switch
    {
        bool flag => flag,
        "True" => true,
        "False" => false,
        SizeFormula { IsConstant: true } size => size.Constant != 0,
        _ => throw Unexpected(argument, "a truth value"),
    };

    /// <summary>A text.</summary>
    /// <param name="argument">Its name.</param>
    public string Text(string argument) => Find(argument) is string text ? text.Trim('"', '\'') : throw Unexpected(argument, "a text");

    /// <summary>An element type; the result's where none is given.</summary>
    /// <param name="argument">Its name.</param>
    public ScalarType DType(string argument = "dtype") => Has(argument) ? (ScalarType)Int(argument) : Result.Type;

    /// <summary>An axis, counted from the front.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="rank">Number of axes that a negative one counts back from.</param>
    public int Axis(string argument, int rank) => Wrap(Int(argument), rank);

    /// <summary>Axes, counted from the front; all where none is given.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="rank">Number of axes that negative ones count back from.</param>
    public int[] Axes(string argument, int rank) =>
        Has(argument) && Ints(argument) is { Length: > 0 } given ? [.. given.Select(a => Wrap(a, rank))] : [.. Enumerable.Range(0, rank)];

    /// <summary>The kind of a number: Bool, Int64 or Float64.</summary>
    /// <param name="argument">Its name.</param>
    public ScalarType KindOf(string argument) => Find(argument) switch
    {
        bool or "True" or "False" => ScalarType.Bool,
        SizeFormula => ScalarType.Int64,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => ScalarType.Int64,
        _ => ScalarType.Float64,
    };

    /// <summary>An error about this call, which names the operator and its place in the module tree.</summary>
    /// <param name="what">What is wrong, and what to do.</param>
    public InputException Error(string what) => new($"{Node.Place}: {what}");

    private static int Wrap(long axis, int rank) => (int)(axis < 0 ? axis + Math.Max(rank, 1) : axis);

    private static long[]? ParseList(string text)
    {
        string[] items = text.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var numbers = new long[items.Length];
        for (int i = 0; i < items.Length; i++)
            if (!long.TryParse(items[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        return numbers;
    }

    /// <summary>The argument's value, or the text of its default; null for none.</summary>
    private object? Find(string argument)
    {
        for (int i = 0; i < _schema.Arguments.Count; i++)
        {
            if (_schema.Arguments[i].Name != argument)
                continue;
            if (i >= Node.Arguments.Count || ReferenceEquals(Node.Arguments[i].Value, RecordedArgument.Default))
                return _schema.Arguments[i].Default;
            return Node.Arguments[i].Value;
        }
        throw new ArgumentException($"aten::{Node.Op.FullName} has no argument {argument}: {Node.Op.Schema}");
    }

    private long Fixed(string argument, SizeFormula size) => size.IsConstant
        ? size.Constant
        : throw Error($"{argument} is {size}, but ONNX needs a number there that is the same at all sizes: make it one, or make the axis a constant");

    private InvalidOperationException Unexpected(string argument, string wanted) =>
        new($"{Node.Place}: {argument} is {new RecordedArgument(Find(argument))}, not {wanted}: {Node.Op.Schema}");
}
