using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>
/// A data set in the making:
/// <code>
/// sources.parquet     what there is to work on, one row per source
/// ingest.json         the settings it is made with
/// work/STAGE-FINGERPRINT/000000-DIGEST.parquet   a stage's rows for one unit of work
/// frames/…, masks/…   shards that the rows point into
/// candidates.parquet  every clip with all that is known of it; counts.json beside it
/// selection.parquet   what became of each; funnel.json beside it
/// clips.parquet       the finished index; report.html to be read before training
/// </code>
/// </summary>
/// <param name="Root">The folder.</param>
public sealed record DatasetFolder(string Root)
{
    /// <summary>The sources' table.</summary>
    public string Sources => Path.Combine(Root, "sources.parquet");
    /// <summary>The settings.</summary>
    public string Settings => Path.Combine(Root, "ingest.json");
    /// <summary>The stages' parts.</summary>
    public string Work => Path.Combine(Root, "work");
    /// <summary>The finished index.</summary>
    public string Index => Path.Combine(Root, ClipIndex.FileName);
    /// <summary>Every candidate with all that is known of it, kept or not.</summary>
    public string Candidates => Path.Combine(Root, "candidates.parquet");
    /// <summary>How many rows the stages before the candidates have.</summary>
    public string Counts => Path.Combine(Root, "counts.json");
    /// <summary>What became of each candidate.</summary>
    public string Selection => Path.Combine(Root, "selection.parquet");
    /// <summary>Counts through the funnel.</summary>
    public string Funnel => Path.Combine(Root, "funnel.json");
    /// <summary>The report that a person reads before training.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>What makes a table or shard again, in words with the command; a damaged part is deleted first, for what is there counts as done.</summary>
    /// <param name="table">The file.</param>
    public static string Again(string table)
    {
        string file = Path.GetFullPath(table);
        for (string? root = Path.GetDirectoryName(file); root is not null; root = Path.GetDirectoryName(root))
        {
            var set = new DatasetFolder(root);
            if (!File.Exists(set.Settings) && file != set.Candidates && file != set.Selection)
                continue;
            return "make it again with " + Path.GetRelativePath(root, file).Split('/')[0] switch
            {
                "sources.parquet" => $"`rm {file} && anisora data ingest FOLDER --out {root}`",
                "work" => $"`rm {file} && anisora data ingest --out {root}`",
                "frames" or "masks" => $"`rm -r {set.Work} && anisora data ingest --out {root}`",
                "latents" or "text" => $"`rm {file} && anisora data precompute {root}` and its options",
                _ => $"`anisora data merge {root}`",
            };
        }
        return "make it again with `anisora data ingest`, `anisora data prepare demo` or the program that wrote it";
    }

    /// <summary>The full path of a file that a row names.</summary>
    /// <param name="relative">A path below this folder, with <c>/</c>.</param>
    /// <exception cref="InputException">It leads elsewhere.</exception>
    public string Resolve(string relative)
    {
        // Tables are data from outside: they must not lead to files elsewhere.
        bool plain = relative.Length > 0 && !Path.IsPathRooted(relative) && relative.Split('/').All(part => part is not ("" or "." or "..") && !part.Contains('\\'));
        return plain ? Path.Combine(Root, relative) : throw new InputException($"{Root}: \"{relative}\" is not a plain path below the data set's folder; make the data set again");
    }

    /// <summary>The units of work, in order, one at a time.</summary>
    /// <exception cref="InputException">There is no sources' table, or it is damaged.</exception>
    public IEnumerable<WorkShard> Shards()
    {
        List<SourceRow> sources = [];
        // The table is sorted by unit of work.
        foreach (var source in Table<SourceRow>.Stream([Sources]))
        {
            if (sources.Count > 0 && sources[0].WorkShard != source.WorkShard)
            {
                yield return new WorkShard(this, sources[0].WorkShard, sources);
                sources = [];
            }
            sources.Add(source);
        }
        if (sources.Count > 0)
            yield return new WorkShard(this, sources[0].WorkShard, sources);
    }
}
