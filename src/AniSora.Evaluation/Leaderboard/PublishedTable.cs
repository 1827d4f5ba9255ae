using System.Text.Json;

namespace AniSora.Evaluation;

/// <summary>A column that others have published.</summary>
/// <param name="Title">Its published name.</param>
/// <param name="Metric">Our metric of the same formula, which may stand there if the published network computed it; null for none.</param>
public sealed record PublishedColumn(string Title, string? Metric);

/// <summary>A row that others have published.</summary>
/// <param name="Name">The model.</param>
/// <param name="Values">As published, a value or null for each column.</param>
public sealed record PublishedRow(string Name, IReadOnlyList<double?> Values);

/// <summary>A table that others have published, as they have it.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Note">What one has to know to read it.</param>
/// <param name="Source">Where it was read.</param>
/// <param name="Columns">Its columns; more is better in all.</param>
/// <param name="Rows">Its rows.</param>
public sealed record PublishedTable(string Title, string Note, string Source, IReadOnlyList<PublishedColumn> Columns, IReadOnlyList<PublishedRow> Rows)
{
    /// <summary>The tables of <c>published.json</c>.</summary>
    public static IReadOnlyList<PublishedTable> All { get; } = Read();

    private static PublishedTable[] Read()
    {
        using var stream = typeof(PublishedTable).Assembly.GetManifestResourceStream("published.json")!;
        return JsonSerializer.Deserialize<PublishedTable[]>(stream, ConfigFile.Json)!;
    }
}
