using AniSora.Data.Tables;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline;

/// <summary>Decides which sources make a unit of work, and writes that down as <c>sources.parquet</c>.</summary>
public static class IngestPlan
{
    /// <summary>
    /// Plans a data set, or adds to a plan: sources that are in it unchanged keep their unit of work, so that what is done stays done; new
    /// and changed ones go into new units; those that are no longer listed are left out.
    /// </summary>
    /// <param name="folder">The data set.</param>
    /// <param name="listed">The sources there are now; their units of work are not looked at.</param>
    /// <param name="perShard">Sources in a unit of work, 1 or more.</param>
    /// <returns>How many sources the plan has, and how many of them are new or changed.</returns>
    /// <exception cref="InputException">There is no source, two have one name, or the table cannot be read or written.</exception>
    public static (int Sources, int New) Write(DatasetFolder folder, IEnumerable<SourceRow> listed, int perShard)
    {
        if (perShard < 1)
            throw new InputException($"sources_per_shard is {perShard}, should be 1 or more");
        var known = File.Exists(folder.Sources)
            ? Table<SourceRow>.Stream([folder.Sources]).ToDictionary(s => s.SourceId, StringComparer.Ordinal)
            : new Dictionary<string, SourceRow>(StringComparer.Ordinal);
        int next = known.Count == 0 ? 0 : known.Values.Max(s => s.WorkShard) + 1;
        var (kept, fresh) = (new List<SourceRow>(), new List<SourceRow>());
        string? previous = null;
        foreach (var source in listed.OrderBy(s => s.SourceId, StringComparer.Ordinal))
        {
            if (source.SourceId == previous)
                throw new InputException($"two sources are called {source.SourceId}: rename one, or ingest them into data sets of their own");
            previous = source.SourceId;
            if (known.GetValueOrDefault(source.SourceId) is { } old && old == source with { WorkShard = old.WorkShard })
                kept.Add(old);
            else
                fresh.Add(source);
        }
        if (kept.Count + fresh.Count == 0)
            throw new InputException($"{folder.Root}: there is nothing to ingest: no film, animation or numbered pictures were found");
        // In random order, so that long films and rare kinds do not pile up in one unit of work.
        new SplitMix(0x706C616E /* "plan" */).Shuffle<SourceRow>(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fresh));
        var planned = kept.Concat(fresh.Select((source, i) => source with { WorkShard = next + i / perShard }));
        if (fresh.Count > 0 || kept.Count < known.Count)
            Table<SourceRow>.Write(folder.Sources, planned.OrderBy(s => s.WorkShard).ThenBy(s => s.SourceId, StringComparer.Ordinal));
        return (kept.Count + fresh.Count, fresh.Count);
    }
}
