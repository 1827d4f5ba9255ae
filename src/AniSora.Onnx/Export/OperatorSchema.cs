using System.Collections.Concurrent;
using AniSora.Torch;

namespace AniSora.Onnx.Export;

/// <summary>Names and defaults of an operator's arguments, read from the schema that libtorch declares.</summary>
internal sealed class OperatorSchema
{
    private static readonly ConcurrentDictionary<TorchOp, OperatorSchema> Known = new();

    private OperatorSchema(string text)
    {
        var arguments = new List<(string, string?)>();
        foreach (string part in Parts(text))
        {
            if (part is "*" or "")
                continue;
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string declared = equals < 0 ? part : part[..equals];
            arguments.Add((declared[(declared.LastIndexOf(' ') + 1)..], equals < 0 ? null : part[(equals + 1)..]));
        }
        Arguments = arguments;
    }

    /// <summary>Each argument with its default as libtorch writes it, such as <c>[1, 1]</c> or <c>None</c>; null where it must be given.</summary>
    public IReadOnlyList<(string Name, string? Default)> Arguments { get; }

    /// <summary>The schema of an operator.</summary>
    public static OperatorSchema Of(TorchOp op) => Known.GetOrAdd(op, o => new OperatorSchema(o.Schema));

    /// <summary>What stands between the commas of the argument list.</summary>
    private static IEnumerable<string> Parts(string schema)
    {
        int start = schema.IndexOf('(', StringComparison.Ordinal) + 1, depth = 0;
        for (int i = start; i < schema.Length; i++)
        {
            char c = schema[i];
            if (c is '(' or '[')
                depth++;
            else if (depth > 0 && c is ')' or ']')
                depth--;
            else if (depth == 0 && c is ',' or ')')
            {
                yield return schema[start..i].Trim();
                start = i + 1;
                if (c == ')')
                    yield break;
            }
        }
    }
}
