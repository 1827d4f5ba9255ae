using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Selection;
using AniSora.Data.Tables;

namespace AniSora.Data.Tests.Pipeline;

public class SelectionTests
{
    /// <summary>Candidates made by SQL: 400 clips, 4 to a sequence, 2 sequences to an identity; some are full of text, some stand still.</summary>
    internal static DatasetFolder Candidates(TemporaryFolder folder, string replace = "")
    {
        var dataset = new DatasetFolder(folder.Path);
        using var database = Database.Open();
        ParquetFile.Write(database, dataset.Candidates, $"""
            SELECT * {replace} FROM (SELECT printf('s%03d/%d', i // 4, i % 4) AS clip_id, printf('s%03d', i // 4) AS source_id, 'test' AS collection, '' AS source_path, 'MIT' AS licence,
                '' AS attribution, printf('id%02d', i // 8) AS identity, '' AS title, CASE WHEN i < 320 THEN 'common' ELSE 'rare' END AS label, '' AS subject, '' AS colour,
                '' AS direction, true AS mirrorable, printf('s%03d', i // 4) AS sequence_id, 0::INTEGER AS shot, 'start' AS transition, 0.0::DOUBLE AS border_share,
                '' AS container, '' AS codec, 64::INTEGER AS source_width, 64::INTEGER AS source_height, 24.0::DOUBLE AS source_fps, 3.0::DOUBLE AS source_seconds,
                'frames/x.safetensors' AS shard, printf('s%03d', i // 4) AS tensor, 0::BIGINT AS "offset", 1::BIGINT AS byte_length, 30::INTEGER AS sequence_frames,
                64::INTEGER AS height, 64::INTEGER AS width, false AS opaque, (hash(i // 4)::HUGEINT - 9223372036854775808)::BIGINT AS content_hash,
                repeat('80', 64) AS descriptor,
                0::INTEGER AS first_frame, 1::INTEGER AS frame_step, 17::INTEGER AS frames, 8.0::DOUBLE AS fps, 2.0::DOUBLE AS seconds, 'plain:#808080' AS background, 'c' AS checksum,
                (CASE WHEN i % 10 = 3 THEN 5 ELSE 0 END)::DOUBLE AS text_cover, (CASE WHEN i % 10 = 7 THEN 0 ELSE 1 + i % 5 END)::DOUBLE AS motion_score,
                1.0::DOUBLE AS motion_max, 'static' AS camera_motion, 1.0::DOUBLE AS camera_confidence, 50.0::DOUBLE AS sharpness, 1.0::DOUBLE AS contrast,
                1.0::DOUBLE AS colourfulness, 0.0::DOUBLE AS blockiness, 1.0::DOUBLE AS exposure, 0.0::DOUBLE AS flicker, -1.0::DOUBLE AS aesthetic, '' AS aesthetic_model,
                'alpha' AS mask_origin, '' AS mask_shard, '' AS mask_tensor, 0.5::DOUBLE AS mask_cover, 0.5::DOUBLE AS mask_union_cover,
                'a thing' AS caption, '[]' AS caption_variants, '' AS caption_suffix, 'template' AS caption_origin
            FROM range(400) t(i)) ORDER BY clip_id
            """, new TableNote("candidate_clips", 1, "a test"));
        ConfigFile.Save(dataset.Counts, new StageCounts(100, new Dictionary<string, long>(), 100, 100));
        return dataset;
    }

    [Fact]
    public void RulesRemoveInOrderAndAreCounted()
    {
        using var folder = new TemporaryFolder();
        var funnel = DatasetSelection.Write(Candidates(folder), new FilterConfig(), new BalanceConfig());
        Assert.Equal(400, funnel.Candidates);
        Assert.Equal(40, funnel.Removed.Single(r => r.Rule == "text").Clips);
        Assert.Equal(40, funnel.Removed.Single(r => r.Rule == "still").Clips);
        Assert.All(funnel.Removed.Where(r => r.Clips > 0), r => Assert.InRange(r.Examples.Count, 1, 8));
        Assert.Equal(320, funnel.Kept);
        Assert.Equal(funnel.Kept, funnel.Candidates - funnel.Removed.Sum(r => r.Clips));
        var loaded = Funnel.Load(new DatasetFolder(folder.Path).Funnel);
        Assert.Equal(funnel.Removed.Select(r => (r.Rule, r.Clips)), loaded.Removed.Select(r => (r.Rule, r.Clips)));
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.1)]
    [InlineData(0.9)]
    public void EverySplitThatIsAskedForHasAnIdentityWhateverTheSeed(double share)
    {
        using var folder = new TemporaryFolder();
        var dataset = Candidates(folder, "REPLACE ('id' || (substr(source_id, 2)::INTEGER % 3) AS identity)");
        for (int seed = 1; seed <= 8; seed++)
        {
            var funnel = DatasetSelection.Write(dataset, new FilterConfig { DuplicateBits = -1 }, new BalanceConfig { TestShare = share, Seed = seed });
            Assert.Equal(["test", "train"], funnel.Splits.Keys);
            Assert.Equal(3, funnel.Identities);
            Assert.InRange(funnel.HeldOut, 1, 2);
        }
        var all = DatasetSelection.Write(dataset, new FilterConfig { DuplicateBits = -1 }, new BalanceConfig { TestShare = 0 });
        Assert.Equal(("train", 0L), (Assert.Single(all.Splits.Keys), all.HeldOut));
    }

    [Fact]
    public void OneIdentityIsTrainedOn()
    {
        using var folder = new TemporaryFolder();
        var dataset = Candidates(folder, "REPLACE ('one' AS identity)");
        for (int seed = 1; seed <= 4; seed++)
            Assert.Equal("train", Assert.Single(DatasetSelection.Write(dataset, new FilterConfig { DuplicateBits = -1 }, new BalanceConfig { TestShare = 0.9, Seed = seed }).Splits.Keys));
    }

    [Fact]
    public void SplitsGoByIdentityAndTheTrainerReadsTheIndex()
    {
        using var folder = new TemporaryFolder();
        var dataset = Candidates(folder);
        DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig { TestShare = 0.3 });
        using var index = ClipIndex.Open(dataset.Root);
        var rows = index.Query();
        Assert.Equal(320, rows.Count);
        Assert.All(rows.GroupBy(r => r.BaseSequence), identity => Assert.Single(identity.Select(r => r.Split).Distinct()));
        Assert.Equal(["test", "train"], rows.Select(r => r.Split).Distinct().Order());
        // More identities or fewer: one's split is its own.
        using var smaller = new TemporaryFolder();
        var fewer = Candidates(smaller, "REPLACE (CASE WHEN identity < 'id25' THEN identity ELSE 'other ' || identity END AS identity)");
        DatasetSelection.Write(fewer, new FilterConfig(), new BalanceConfig { TestShare = 0.3 });
        using var again = ClipIndex.Open(fewer.Root);
        var splits = rows.ToDictionary(r => r.ClipId, r => r.Split);
        Assert.All(again.Query("base_sequence < 'id25'"), r => Assert.Equal(splits[r.ClipId], r.Split));
    }

    [Fact]
    public void RareLabelsWeighMore()
    {
        using var folder = new TemporaryFolder();
        var dataset = Candidates(folder);
        DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig { Label = 1, Motion = 0, TestShare = 0 });
        using var index = ClipIndex.Open(dataset.Root);
        var rows = index.Query();
        Assert.Equal(1, rows.Average(r => r.Weight), 9);
        // With balance 1 both labels have half of all draws.
        Assert.Equal(rows.Where(r => r.Label == "common").Sum(r => r.Weight), rows.Where(r => r.Label == "rare").Sum(r => r.Weight), 6);
    }

    [Fact]
    public void NearDuplicatesOfAnotherSourceGoAndShareTheOriginalsSplit()
    {
        using var folder = new TemporaryFolder();
        // Sequence s050 looks like s010, but for two bits, and is larger at its source; s011 is of s010's identity and never its duplicate.
        var dataset = Candidates(folder, """
            REPLACE (CASE sequence_id WHEN 's010' THEN 12345678901234 WHEN 's011' THEN 12345678901234 WHEN 's050' THEN 12345678901234 # 4611686018427387905 ELSE content_hash END AS content_hash,
                CASE sequence_id WHEN 's050' THEN 640 ELSE 64 END::INTEGER AS source_width)
            """.Replace("#", "+"));
        var funnel = DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig { TestShare = 0.3 });
        var verdicts = Table<SelectionRow>.Read(dataset.Selection).ToDictionary(v => v.ClipId);
        Assert.All(verdicts.Values.Where(v => v.ClipId.StartsWith("s010/") || v.ClipId.StartsWith("s011/")), v => Assert.Equal("s050", v.DuplicateOf));
        Assert.All(verdicts.Values.Where(v => v.ClipId.StartsWith("s050/")), v => Assert.Equal("", v.DuplicateOf));
        Assert.Equal(verdicts["s050/0"].Split, verdicts["s010/0"].Split);
        Assert.True(funnel.Removed[^1].Clips > 0);
        // The same hash by chance: the descriptors tell them apart.
        using var second = new TemporaryFolder();
        var different = Candidates(second, "REPLACE (CASE sequence_id WHEN 's010' THEN 12345678901234 WHEN 's050' THEN 12345678901234 ELSE content_hash END AS content_hash, CASE sequence_id WHEN 's050' THEN repeat('8f', 64) ELSE descriptor END AS descriptor)");
        Assert.Equal(0, DatasetSelection.Write(different, new FilterConfig(), new BalanceConfig()).Removed[^1].Clips);
        Assert.Equal(0, DatasetSelection.Write(dataset, new FilterConfig { DuplicateBits = -1 }, new BalanceConfig()).Removed.Count(r => r.Rule == DatasetSelection.NearDuplicate));
    }

    [Fact]
    public void ALeakIsFoundWhateverMadeIt()
    {
        using var folder = new TemporaryFolder();
        var dataset = Candidates(folder);
        using var database = Database.Open();
        database.Execute($"CREATE VIEW candidates AS SELECT * FROM {ParquetFile.Scan(dataset.Candidates)}");
        database.Execute("CREATE TABLE duplicates AS SELECT 's001' AS sequence_id, 's099' AS original");
        database.Execute("CREATE TABLE verdicts AS SELECT clip_id, '' AS removed_by, 'train' AS split FROM candidates");
        LeakageCheck.Run(database, "set");
        database.Execute("UPDATE verdicts SET split = 'test' WHERE clip_id LIKE 's099/%' OR clip_id LIKE 's098/%'");
        Assert.Contains("near-duplicates of sequence \"s099\"", Assert.Throws<InputException>(() => LeakageCheck.Run(database, "set")).Message);
        database.Execute("UPDATE verdicts SET split = 'test' WHERE clip_id = 's000/0'");
        Assert.Contains("identity \"id00\"", Assert.Throws<InputException>(() => LeakageCheck.Run(database, "set")).Message);
    }

    [Fact]
    public void DamagedTablesAreNamed()
    {
        using var folder = new TemporaryFolder();
        var dataset = Candidates(folder);
        DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig());
        File.WriteAllText(dataset.Selection, "PAR1 not really");
        Assert.Contains("anisora data merge", Assert.Throws<InputException>(() => new AniSora.Data.Pipeline.Reporting.DatasetSummary(dataset)).Message);
        File.WriteAllText(dataset.Candidates, "PAR1 not really");
        Assert.Contains("candidates.parquet: does not have the digest", Assert.Throws<InputException>(() => DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig())).Message);
    }

    [Fact]
    public void ARuleThatIsNoneIsNamedAndReadsNoOtherFile()
    {
        using var folder = new TemporaryFolder();
        var dataset = Candidates(folder);
        string Try(string keep) => Assert.Throws<InputException>(() => DatasetSelection.Write(dataset, new FilterConfig { Rules = [new("mine", keep, "")] }, new BalanceConfig())).Message;
        Assert.Contains("rule mine", Try("motion_skore > 1"));
        Assert.Contains("rule mine", Try("clip_id IN (SELECT content FROM read_text('/etc/hostname'))"));
        Assert.Contains("no clip is left of 400", Try("false"));
        Assert.Contains("test_share", Assert.Throws<InputException>(() => DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig { TestShare = 1.5 })).Message);
    }
}
