using System.Globalization;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline.Reporting;

/// <summary>How often values of a measure fall into equal bins.</summary>
/// <param name="From">Lower end of the first bin.</param>
/// <param name="Width">Width of a bin.</param>
/// <param name="Kept">Clips kept, by bin; the last bin also holds what lies beyond.</param>
/// <param name="Removed">Clips removed, by bin.</param>
public sealed record Histogram(double From, double Width, IReadOnlyList<long> Kept, IReadOnlyList<long> Removed);

/// <summary>A word and how many clips have it.</summary>
/// <param name="Name">The word.</param>
/// <param name="Kept">Clips kept.</param>
/// <param name="Removed">Clips removed.</param>
/// <param name="Draws">Share of the draws that go to it, 0 … 1.</param>
public sealed record Share(string Name, long Kept, long Removed, double Draws);

/// <summary>A collection or licence.</summary>
/// <param name="Collection">Its name.</param>
/// <param name="Licence">SPDX expression.</param>
/// <param name="Attribution">Who made it.</param>
/// <param name="Kept">Clips kept.</param>
/// <param name="Seconds">How long they are together.</param>
public sealed record Provenance(string Collection, string Licence, string Attribution, long Kept, double Seconds);

/// <summary>Two sequences that look alike.</summary>
/// <param name="Removed">A clip of the one that was left out.</param>
/// <param name="Original">A clip of the one that was kept.</param>
public sealed record DuplicateExample(string Removed, string Original);

/// <summary>Questions to a finished data set, for reports and notebooks.</summary>
public sealed class DatasetSummary : IDisposable
{
    private const int Bins = 24;

    private readonly DuckDBConnection _database = Database.Open(Environment.ProcessorCount, "1GiB");

    /// <summary>Opens a data set.</summary>
    /// <param name="folder">With its candidates and selection.</param>
    /// <exception cref="InputException">It is not finished, or a table is damaged.</exception>
    public DatasetSummary(DatasetFolder folder)
    {
        foreach (string file in new[] { folder.Candidates, folder.Selection, folder.Funnel })
        {
            if (!File.Exists(file))
                throw new InputException($"{file}: missing; finish the data set with `anisora data merge {folder.Root}`");
        }
        Folder = folder;
        Funnel = Selection.Funnel.Load(folder.Funnel);
        try
        {
            _database.Execute($"CREATE VIEW clips AS SELECT * FROM {ParquetFile.Scan(folder.Candidates)} JOIN (SELECT clip_id, removed_by, duplicate_of, split, weight FROM {ParquetFile.Scan(folder.Selection)}) USING (clip_id)");
        }
        catch (DuckDBException e)
        {
            _database.Dispose();
            throw new InputException($"{folder.Root}: {Path.GetFileName(folder.Candidates)} or {Path.GetFileName(folder.Selection)} is not readable ({e.FirstLine()}); make both again with `anisora data merge {folder.Root}`", e);
        }
    }

    /// <summary>The data set.</summary>
    public DatasetFolder Folder { get; }

    /// <summary>The counts from sources to training set.</summary>
    public Selection.Funnel Funnel { get; }

    /// <summary>The distribution of a numeric column between its 0.5th and 99.5th percentile.</summary>
    /// <param name="column">A column of <c>candidates.parquet</c>, of this program's own choice.</param>
    public Histogram Histogram(string column)
    {
        double low, high;
        using (var reader = _database.Query($"SELECT coalesce(quantile_cont(\"{column}\"::DOUBLE, 0.005), 0), coalesce(quantile_cont(\"{column}\"::DOUBLE, 0.995), 0) FROM clips"))
        {
            reader.Read();
            (low, high) = (reader.GetDouble(0), reader.GetDouble(1));
        }
        double width = high > low ? (high - low) / Bins : 1;
        var (kept, removed) = (new long[Bins], new long[Bins]);
        using (var reader = _database.Query(string.Create(CultureInfo.InvariantCulture,
            $"SELECT greatest(0, least({Bins - 1}, floor((\"{column}\"::DOUBLE - {low:E17}) / {width:E17})))::INTEGER AS bin, count(*) FILTER (removed_by = ''), count(*) FILTER (removed_by <> '') FROM clips GROUP BY bin")))
        {
            while (reader.Read())
                (kept[reader.GetInt64(0)], removed[reader.GetInt64(0)]) = (reader.GetInt64(1), reader.GetInt64(2));
        }
        return new Histogram(low, width, kept, removed);
    }

    /// <summary>The most frequent values of a text column.</summary>
    /// <param name="column">Such as <c>label</c>.</param>
    /// <param name="most">How many.</param>
    public List<Share> Shares(string column, int most)
    {
        var shares = new List<Share>();
        using var reader = _database.Query($"""
            SELECT "{column}"::VARCHAR, count(*) FILTER (removed_by = ''), count(*) FILTER (removed_by <> ''),
                coalesce(sum(weight) FILTER (removed_by = '' AND split = 'train') / (SELECT sum(weight) FROM clips WHERE removed_by = '' AND split = 'train'), 0)
            FROM clips GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}
            """);
        while (reader.Read())
            shares.Add(new Share(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetDouble(3)));
        return shares;
    }

    /// <summary>Where the kept clips come from.</summary>
    public List<Provenance> Provenance()
    {
        var rows = new List<Provenance>();
        using var reader = _database.Query("SELECT collection, licence, attribution, count(*), sum(seconds) FROM clips WHERE removed_by = '' GROUP BY ALL ORDER BY count(*) DESC, collection, licence, attribution LIMIT 200");
        while (reader.Read())
            rows.Add(new Provenance(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetDouble(4)));
        return rows;
    }

    /// <summary>Some kept clips, spread over the labels.</summary>
    /// <param name="count">How many.</param>
    public List<string> KeptExamples(int count) => Names($"""
        SELECT clip_id FROM (SELECT clip_id, row_number() OVER (PARTITION BY label ORDER BY md5(clip_id)) AS n, md5(clip_id) AS drawn FROM clips WHERE removed_by = '')
        ORDER BY n, drawn LIMIT {count}
        """);

    /// <summary>Some pairs of near-duplicates.</summary>
    /// <param name="count">How many.</param>
    public List<DuplicateExample> Duplicates(int count)
    {
        var pairs = new List<DuplicateExample>();
        using var reader = _database.Query($"""
            SELECT min(d.clip_id), min(o.clip_id) FROM clips d JOIN clips o ON o.sequence_id = d.duplicate_of WHERE d.duplicate_of <> ''
            GROUP BY d.sequence_id ORDER BY md5(d.sequence_id) LIMIT {count}
            """);
        while (reader.Read())
            pairs.Add(new DuplicateExample(reader.GetString(0), reader.GetString(1)));
        return pairs;
    }

    /// <summary>All that is known of a clip, by column.</summary>
    /// <param name="clip">Its clip_id, or a part of it that only one clip has.</param>
    /// <exception cref="InputException">No clip, or several, are called so.</exception>
    public IReadOnlyDictionary<string, string> Describe(string clip)
    {
        var found = Names("SELECT clip_id FROM clips WHERE clip_id = ? LIMIT 1", clip);
        if (found.Count == 0)
            found = Names("SELECT clip_id FROM clips WHERE contains(clip_id, ?) ORDER BY clip_id LIMIT 5", clip);
        if (found.Count != 1)
            throw new InputException(found.Count == 0
                ? $"{Folder.Candidates}: no clip is called \"{clip}\"; `anisora data draw {Folder.Root}` prints some names"
                : $"{Folder.Candidates}: \"{clip}\" is a part of several clips' names: {string.Join(", ", found)}{(found.Count == 5 ? ", …" : "")}; give one whole name");
        var columns = new Dictionary<string, string>(StringComparer.Ordinal);
        using var reader = _database.Query("SELECT COLUMNS(*)::VARCHAR FROM clips WHERE clip_id = ?", found[0]);
        reader.Read();
        for (int i = 0; i < reader.FieldCount; i++)
            columns[reader.GetName(i)] = reader.GetString(i);
        return columns;
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private List<string> Names(string sql, params ReadOnlySpan<object> parameters)
    {
        var names = new List<string>();
        using var reader = _database.Query(sql, parameters);
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }
}
