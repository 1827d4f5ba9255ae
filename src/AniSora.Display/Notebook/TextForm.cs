using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace AniSora.Display.Notebook;

/// <summary>Values as one short text, in the manner of C# itself.</summary>
internal static class TextForm
{
    private const int MaximumItems = 50, MaximumDepth = 4, MaximumLength = 8000;

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(char)] = "char",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    /// <summary>The text of a value.</summary>
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.Length <= MaximumLength ? text.ToString() : text.ToString(0, MaximumLength) + " …";
    }

    /// <summary>A type as C# writes it: <c>List&lt;int&gt;</c>.</summary>
    public static string NameOf(Type type)
    {
        if (s_keywords.TryGetValue(type, out string? keyword))
            return keyword;
        if (type.IsArray)
            return NameOf(type.GetElementType()!) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return NameOf(underlying) + "?";
        if (IsAnonymous(type))
            return "anonymous";
        if (!type.IsGenericType)
            return type.Name;
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return (tick < 0 ? type.Name : type.Name[..tick]) + "<" + string.Join(", ", type.GetGenericArguments().Select(NameOf)) + ">";
    }

    /// <summary>Whether the compiler named the type.</summary>
    public static bool IsAnonymous(Type type) => type.Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal);

    /// <summary>Whether the type has a text of its own, not only its name.</summary>
    public static bool HasOwnText(Type type) =>
        type.GetMethod(nameof(ToString), Type.EmptyTypes)?.DeclaringType is { } owner && owner != typeof(object) && owner != typeof(ValueType);

    /// <summary>A dictionary's entries; its plain enumerator may give pairs of another type.</summary>
    public static IEnumerable<DictionaryEntry> EntriesOf(IDictionary dictionary)
    {
        var entries = dictionary.GetEnumerator();
        while (entries.MoveNext())
            yield return entries.Entry;
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        if (text.Length > MaximumLength)
            return;
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append('"').Append(s.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t")).Append('"');
                break;
            case char c:
                text.Append('\'').Append(c).Append('\'');
                break;
            case bool b:
                text.Append(b ? "true" : "false");
                break;
            case Type type:
                text.Append(NameOf(type));
                break;
            case Exception e:
                text.Append(NameOf(e.GetType())).Append(": ").Append(e.Message);
                break;
            case Enum:
                text.Append(value);
                break;
            case DateTime time:
                text.Append(time.ToString(time.TimeOfDay == default ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset time:
                text.Append(time.ToString("yyyy-MM-dd HH:mm:ss.FFF zzz", CultureInfo.InvariantCulture));
                break;
            case IFormattable formattable and not IEnumerable:
                text.Append(formattable.ToString(null, CultureInfo.InvariantCulture));
                break;
            case IDictionary dictionary:
                AppendItems(text, EntriesOf(dictionary), dictionary.Count, '{', '}', depth, (entry, d) =>
                {
                    Append(text, entry.Key, d);
                    text.Append(": ");
                    Append(text, entry.Value, d);
                });
                break;
            case Array { Rank: 2 } matrix:
                text.Append(depth == 0 ? Heading(matrix) : "");
                AppendItems(text, Enumerable.Range(0, matrix.GetLength(0)), matrix.GetLength(0), '[', ']', depth, (r, d) => Append(text, RowOf(matrix, r), d));
                break;
            case IEnumerable items:
                text.Append(depth == 0 ? Heading(value) : "");
                AppendItems(text, items.Cast<object?>(), (value as ICollection)?.Count, '[', ']', depth, (item, d) => Append(text, item, d));
                break;
            default:
                AppendObject(text, value, depth);
                break;
        }
    }

    private static void AppendItems<T>(StringBuilder text, IEnumerable<T> items, int? count, char open, char close, int depth, Action<T, int> append)
    {
        text.Append(open);
        if (depth >= MaximumDepth)
        {
            text.Append('…').Append(close);
            return;
        }
        int shown = 0;
        foreach (var item in items)
        {
            if (shown > 0)
                text.Append(", ");
            if (shown == MaximumItems || text.Length > MaximumLength)
            {
                text.Append(count is null ? "…" : string.Create(CultureInfo.InvariantCulture, $"… {count - shown} more"));
                break;
            }
            append(item, depth + 1);
            shown++;
        }
        text.Append(close);
    }

    private static void AppendObject(StringBuilder text, object value, int depth)
    {
        var type = value.GetType();
        if (HasOwnText(type) || depth >= MaximumDepth)
        {
            text.Append(value);
            return;
        }
        text.Append(NameOf(type)).Append(" { ");
        string separator = "";
        foreach (var column in Column.Of(type).Take(MaximumItems))
        {
            text.Append(separator).Append(column.Name).Append(" = ");
            Append(text, column.Value(value), depth + 1);
            separator = ", ";
        }
        text.Append(" }");
    }

    private static object?[] RowOf(Array matrix, int row) =>
        [.. Enumerable.Range(0, matrix.GetLength(1)).Select(c => matrix.GetValue(matrix.GetLowerBound(0) + row, matrix.GetLowerBound(1) + c))];

    private static string Heading(object collection) => collection switch
    {
        Array { Rank: > 1 } array => NameOf(array.GetType().GetElementType()!) + "[" + string.Join(", ", Enumerable.Range(0, array.Rank).Select(array.GetLength)) + "] ",
        Array array => string.Create(CultureInfo.InvariantCulture, $"{NameOf(array.GetType().GetElementType()!)}[{array.Length}] "),
        ICollection c when collection.GetType().IsPublic => string.Create(CultureInfo.InvariantCulture, $"{NameOf(collection.GetType())} ({c.Count}) "),
        _ => "",
    };
}

/// <summary>A public property or field of a type: a column of its table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Read">Reads it.</param>
internal sealed record Column(string Name, Func<object, object?> Read)
{
    /// <summary>A type's columns in the order of its source.</summary>
    public static IReadOnlyList<Column> Of(Type type)
    {
        var members = type.GetMembers(BindingFlags.Public | BindingFlags.Instance)
            .Where(member => member is FieldInfo || (member is PropertyInfo property && property.CanRead && property.GetIndexParameters().Length == 0
                && !property.PropertyType.IsByRef && !property.PropertyType.IsByRefLike && !property.PropertyType.IsPointer));
        return [.. members
            .GroupBy(member => member.Name).Select(same => same.First()) // a property that hides its base's comes first
            .OrderBy(member => Depth(member.DeclaringType!)).ThenBy(member => member.MetadataToken)
            .Select(member => new Column(member.Name, member is FieldInfo field ? field.GetValue : ((PropertyInfo)member).GetValue))];
    }

    /// <summary>The value, or the failure of the property's own code as a text.</summary>
    public object? Value(object owner)
    {
        try
        {
            return Read(owner);
        }
        catch (TargetInvocationException e)
        {
            return $"({e.InnerException!.GetType().Name})";
        }
    }

    private static int Depth(Type type) => type.BaseType is { } parent ? 1 + Depth(parent) : 0;
}
