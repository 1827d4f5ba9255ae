using System.Diagnostics;
using System.Globalization;
using AniSora.Data;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Benchmarks;

/// <summary><c>bench.dll draw [ROWS]</c>: a weighted draw of 100,000 clips from a synthetic index, and the loader's first batch after it.</summary>
internal static class LargeIndex
{
    private const int Drawn = 100_000, Frames = 17, Side = 64;

    /// <summary>Makes the index, which takes minutes, then measures three times, each with another seed.</summary>
    public static int Run(string[] args)
    {
        long rows = args.Length > 0 ? long.Parse(args[0], NumberStyles.None, CultureInfo.InvariantCulture) : 10_000_000;
        var folder = Directory.CreateTempSubdirectory("anisora-index-");
        try
        {
            Make(folder.FullName, rows);
            const string where = "split = 'train' AND motion_score > 1 AND text_cover < 5";
            for (ulong seed = 0; seed < 3; seed++)
            {
                var watch = Stopwatch.StartNew();
                using var index = ClipIndex.Open(folder.FullName);
                int count = index.DrawIds(where, Drawn, seed).Count;
                double draw = watch.Elapsed.TotalSeconds;
                using var loader = new ClipLoader(index, new LoaderOptions(where, 4, seed, Augment: false, PrefetchBatches: 0, EpochClips: Drawn, Verify: false));
                watch.Restart();
                loader.Next();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{rows:#,0} rows: {count:#,0} ids in {draw:0.00} s; first batch, with a draw of its own, after {watch.Elapsed.TotalSeconds:0.00} s"));
            }
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>An index whose clips all show the same 17 frames, so that the loader has something to read.</summary>
    private static void Make(string folder, long rows)
    {
        string shard = Path.Combine(folder, "frames.safetensors");
        SafeTensorsFile.SaveRaw(shard, [new RawTensor("clip", "U8", [Frames, Side, Side, 4], new byte[Frames * Side * Side * 4])]);
        long offset;
        using (var file = SafeTensorsFile.Open(shard))
            offset = file.Entry("clip").Offset;
        using var database = Database.Open(Environment.ProcessorCount, "4GiB");
        database.Execute($"SET temp_directory = {Database.Literal(Path.Combine(folder, "spill"))}");
        database.Execute($"""
            COPY (SELECT printf('films/season%03d/episode%05d.mp4#%d@64x64/%04dx2+17', i % 997, i // 97, i % 97, i % 300) AS clip_id, 'films' AS source, 'unknown' AS licence,
                printf('films/season%03d/episode%05d.mp4#%d@64x64', i % 997, i // 97, i % 97) AS sequence, printf('films/season%03d/episode%05d.mp4', i % 997, i // 97) AS base_sequence,
                printf('label%03d', hash(i) % 1000 * (hash(i + 1) % 1000) // 10000) AS label, '' AS direction, '' AS subject, '' AS colour,
                printf('a thing number %d that moves about', i % 5000) AS caption, {Frames}::INTEGER AS frames, {Side}::INTEGER AS height, {Side}::INTEGER AS width, 16.0::DOUBLE AS fps,
                (hash(i + 7) % 4000 / 100.0)::DOUBLE AS motion_score, CASE WHEN hash(i // 97) % 10 = 0 THEN 'test' ELSE 'train' END AS split, 'plain:#808080' AS background, true AS mirrorable,
                'frames.safetensors' AS shard, 'clip' AS tensor, {offset}::BIGINT AS "offset", {Frames * Side * Side * 4}::BIGINT AS byte_length, 0::INTEGER AS first_frame, 1::INTEGER AS frame_step,
                {Frames}::INTEGER AS sequence_frames, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS checksum, '' AS mask_shard, '' AS mask_tensor, '[]' AS caption_variants, '' AS caption_suffix,
                (0.1 + hash(i + 3) % 1000 / 100.0)::DOUBLE AS weight, (hash(i + 9) % 100 / 10.0)::DOUBLE AS text_cover
                FROM range({rows}) t(i) ORDER BY split, label, clip_id)
            TO {Database.Literal(Path.Combine(folder, ClipIndex.FileName))} (FORMAT parquet, COMPRESSION zstd)
            """);
    }
}
