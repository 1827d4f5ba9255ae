using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline.Selection;

/// <summary>Says, source by source, why a data set has no clip.</summary>
internal static class NothingLeft
{
    private const int Shown = 5;

    /// <summary>Where no source gave a clip.</summary>
    /// <param name="folder">The data set, all units of work of which are done.</param>
    /// <param name="pipeline">The stages.</param>
    public static string OfSources(DatasetFolder folder, IngestPipeline pipeline)
    {
        var reasons = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var shard in folder.Shards())
        {
            var probes = pipeline.Probe.Rows(shard).ToDictionary(p => p.SourceId, StringComparer.Ordinal);
            var shots = pipeline.Shots.Rows(shard).ToLookup(s => s.SourceId, StringComparer.Ordinal);
            var problems = pipeline.Sequences.Rows(shard).Where(s => s.Problem.Length > 0).ToLookup(s => s.SourceId, s => s.Problem, StringComparer.Ordinal);
            foreach (var source in shard.Sources)
                reasons[source.SourceId] = Reason(source, probes[source.SourceId], [.. shots[source.SourceId]], [.. problems[source.SourceId]], pipeline.Config.Clips);
        }
        return $"{folder.Root}: none of {reasons.Count} sources gives a clip: {string.Join("; ", reasons.Take(Shown).Select(r => $"{r.Key}: {r.Value}"))}{More(reasons.Count)}";
    }

    /// <summary>Where rules removed all clips.</summary>
    /// <param name="database">With the tables <c>candidates</c> and <c>verdicts</c>.</param>
    /// <param name="folder">The data set.</param>
    public static string OfCandidates(DuckDBConnection database, DatasetFolder folder)
    {
        var reasons = new List<string>();
        int sources = 0;
        using var reader = database.Query("""
            SELECT source_id, string_agg(clips || ' by ' || removed_by, ', ' ORDER BY clips DESC, removed_by) FROM (
                SELECT source_id, removed_by, count(*) AS clips FROM candidates JOIN verdicts USING (clip_id) GROUP BY ALL)
            GROUP BY source_id ORDER BY source_id
            """);
        while (reader.Read())
        {
            sources++;
            if (reasons.Count < Shown)
                reasons.Add($"{reader.GetString(0)}: {reader.GetString(1)}");
        }
        return $"{folder.Candidates}: no clip is left of {StageCounts.Count(database, "verdicts")}; the rules removed {string.Join("; ", reasons)}{More(sources)}; change those in filter.rules (the columns they look at are in that file), or give other footage";
    }

    private static string More(int sources) => sources > Shown ? $"; and {sources - Shown} more" : "";

    private static string Reason(SourceRow source, ProbeRow probe, ShotRow[] shots, string[] problems, ClipConfig clips)
    {
        if (!probe.Readable)
            return probe.Reason;
        if (problems.Length > 0)
            return problems[0];
        int longest = shots.Length > 0 ? shots.Max(s => s.Frames) : probe.Frames;
        string reason = ClipFit.Of(clips, probe.Fps, longest, source.Loops, shots.Length > 1 ? clips.Trim : 0).Reason;
        string of = shots.Length > 1 ? $"the longest of its {shots.Length} shots is " : "";
        return reason.Length > 0 ? of + reason : "nothing could be cut from it";
    }
}
