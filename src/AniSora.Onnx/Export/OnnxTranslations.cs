using System.Collections;
using AniSora.Onnx.Export.Translations;

namespace AniSora.Onnx.Export;

/// <summary>How operators of libtorch become nodes of ONNX: a function for each operator.</summary>
/// <remarks>
/// <para>To add an operator, write a line in the file of its family under <c>Export/Translations</c>:</para>
/// <code>
/// table.Add("leaky_relu", c => c.Emit("LeakyRelu", [c.Tensor()], attributes: ("alpha", c.Number("negative_slope"))));
/// </code>
/// <para>The name is <c>TorchOp.FullName</c>, with the overload (<c>add.Tensor</c>). Arguments go by the names in
/// <c>TorchOp.Find("leaky_relu").Schema</c>, and missing ones have the schema's defaults. <see cref="OnnxCall"/> has the usual steps
/// (<c>Reshape</c>, <c>Cast</c>, <c>Binary</c>, …), which leave out what does nothing; <c>Emit</c> writes any node of opset 17, and takes
/// the output's type and shape where they differ from the first input's. Sizes may depend on the input: take them from
/// <c>c.Sizes(…)</c>, <c>c.Result.Shape</c> or a value's <c>Shape</c> and give them to <c>c.SizeList(…)</c>. The result is cast to the type
/// that libtorch had. Then add a case to <c>OnnxOperatorTests</c>, which runs it at sizes that were not recorded and compares.</para>
/// <para>Programs add their own in <see cref="OnnxExportOptions.Translations"/>.</para>
/// </remarks>
public sealed class OnnxTranslations : IEnumerable<string>
{
    private readonly Dictionary<string, Func<OnnxCall, IReadOnlyList<OnnxValue?>>> _functions = new(StringComparer.Ordinal);

    /// <summary>The operators that are translated without further ado.</summary>
    public static OnnxTranslations BuiltIn { get; } = MakeBuiltIn();

    /// <summary>Adds an operator of one result.</summary>
    /// <param name="name">Its name with its overload, such as <c>add.Tensor</c>.</param>
    /// <param name="translation">Writes nodes and returns the value that they compute.</param>
    /// <exception cref="ArgumentException">It is there already.</exception>
    public void Add(string name, Func<OnnxCall, OnnxValue> translation) => AddMany(name, c => [translation(c)]);

    /// <summary>Adds operators of one result that share a translation.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="translation">Writes nodes and returns the value that they compute.</param>
    /// <exception cref="ArgumentException">One is there already.</exception>
    public void Add(string[] names, Func<OnnxCall, OnnxValue> translation) => Array.ForEach(names, n => Add(n, translation));

    /// <summary>Adds an operator of several results.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="translation">Writes nodes and returns the results in order; null where nobody reads one.</param>
    /// <exception cref="ArgumentException">It is there already.</exception>
    public void AddMany(string name, Func<OnnxCall, IReadOnlyList<OnnxValue?>> translation) => _functions.Add(name, translation);

    /// <summary>The names of the operators.</summary>
    public IEnumerator<string> GetEnumerator() => _functions.Keys.Order(StringComparer.Ordinal).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal Func<OnnxCall, IReadOnlyList<OnnxValue?>>? Find(string name) => _functions.GetValueOrDefault(name);

    private static OnnxTranslations MakeBuiltIn()
    {
        var table = new OnnxTranslations();
        Accumulations.AddTo(table);
        Activations.AddTo(table);
        Arithmetics.AddTo(table);
        Attentions.AddTo(table);
        Comparisons.AddTo(table);
        Convolutions.AddTo(table);
        Creations.AddTo(table);
        EvaluatedNorms.AddTo(table);
        Indexing.AddTo(table);
        Interpolations.AddTo(table);
        Matrices.AddTo(table);
        Norms.AddTo(table);
        Padding.AddTo(table);
        Poolings.AddTo(table);
        RareActivations.AddTo(table);
        Reductions.AddTo(table);
        Selections.AddTo(table);
        Shapes.AddTo(table);
        TransposedConvolutions.AddTo(table);
        Writings.AddTo(table);
        return table;
    }
}
