using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline;

/// <summary>Joins all that the stages found into one table, <c>candidates.parquet</c>: one row per candidate, kept or not.</summary>
public static class CandidateTable
{
    // Column lists, not *: what is here is documented, and a column that is added to a stage's table is added here on purpose.
    private const string Select = """
        SELECT c.clip_id, src.source_id, src.collection, src.path AS source_path, src.licence, src.attribution, src.identity, src.title, src.label, src.subject,
            src.colour, src.direction, src.mirrorable, q.sequence_id, q.shot, sh.transition, sh.border_share,
            p.container, p.codec, p.width AS source_width, p.height AS source_height, p.fps AS source_fps, p.seconds AS source_seconds,
            q.shard, q.sequence_id AS tensor, q."offset", q.byte_length, q.frames AS sequence_frames, q.height, q.width, q.opaque, q.content_hash, q.descriptor,
            c.first_frame, c.frame_step, c.frames, c.fps, c.seconds, c.background, c.checksum,
            s.text_cover, s.motion_score, s.motion_max, s.camera_motion, s.camera_confidence, s.sharpness, s.contrast, s.colourfulness, s.blockiness,
            s.exposure, s.flicker, s.aesthetic, s.aesthetic_model,
            m.origin AS mask_origin, m.shard AS mask_shard, m.tensor AS mask_tensor, m.cover AS mask_cover, m.union_cover AS mask_union_cover,
            t.caption, t.variants AS caption_variants, t.suffix AS caption_suffix, t.origin AS caption_origin
        FROM candidates c
        JOIN sequences q USING (sequence_id)
        JOIN sources src ON src.source_id = q.source_id
        JOIN probe p ON p.source_id = q.source_id
        JOIN shots sh ON sh.source_id = q.source_id AND sh.shot = q.shot
        JOIN scores s USING (clip_id)
        JOIN masks m USING (sequence_id)
        JOIN captions t USING (clip_id)
        ORDER BY c.clip_id
        """;

    /// <summary>Writes the table.</summary>
    /// <param name="folder">The data set, all units of work of which are done.</param>
    /// <param name="pipeline">The stages.</param>
    /// <returns>How many candidates there are.</returns>
    /// <exception cref="InputException">A unit of work is not done, a part is damaged, or a clip was lost or doubled on the way.</exception>
    public static int Write(DatasetFolder folder, IngestPipeline pipeline)
    {
        var parts = pipeline.Stages.ToDictionary(s => s.Name, _ => new List<string>());
        var missing = new List<string>();
        foreach (var shard in folder.Shards())
        {
            foreach (var stage in pipeline.Stages)
            {
                string part = stage.PartOf(shard);
                parts[stage.Name].Add(part);
                if (!File.Exists(part))
                    missing.Add($"{stage.Name} of unit {shard.Number}");
            }
        }
        if (missing.Count > 0)
            throw new InputException($"{folder.Root}: {missing.Count} parts are not made yet ({string.Join(", ", missing.Take(3))}{(missing.Count > 3 ? ", …" : "")}); run the workers that were to make them again");
        try
        {
            using var database = Database.Open(Environment.ProcessorCount, "2GiB");
            database.Execute($"CREATE VIEW sources AS FROM {ParquetFile.Scan(folder.Sources)}");
            foreach (var (name, files) in parts)
                database.Execute($"CREATE VIEW {name} AS FROM {ParquetFile.Scan(files)}");
            ParquetFile.Write(database, folder.Candidates, Select, new TableNote("candidate_clips", 1, string.Join(", ", pipeline.Stages.Select(s => $"{s.Name}-{s.Fingerprint}"))));
            ConfigFile.Save(folder.Counts, StageCounts.Of(database));
            // Joins lose rows silently where a key is missing and double them where it is repeated.
            long made = StageCounts.Count(database, "candidates"), joined = StageCounts.Count(database, ParquetFile.Scan(folder.Candidates));
            long different = StageCounts.Count(database, "(SELECT DISTINCT clip_id FROM candidates)");
            if (made != joined || made != different)
                throw new InputException($"{folder.Candidates}: of {made} clips ({different} different) {joined} came through the join: the parts do not belong together; delete {folder.Work} and run the workers again");
            return (int)joined;
        }
        catch (DuckDBException e)
        {
            throw new InputException($"{folder.Root}: the candidates were not joined: {e.FirstLine()}; delete {folder.Work} and run the workers again", e);
        }
    }
}
