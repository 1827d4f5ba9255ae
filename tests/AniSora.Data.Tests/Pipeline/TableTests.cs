using AniSora.Data.Pipeline;
using AniSora.Data.Tables;

namespace AniSora.Data.Tests.Pipeline;

public class TableTests
{
    private static ShotRow Shot(int number) => new("film \"ä\"/日本.mp4", number, 10 * number, 9, TransitionKind.Cut, 10 * number, 0.25 * number, 0, 0, 64, 48, 0.125);

    [Fact]
    public void RowsSurviveTheirFile()
    {
        using var folder = new TemporaryFolder();
        // More than one row group.
        var rows = Enumerable.Range(0, 70_000).Select(Shot).ToList();
        Table<ShotRow>.Write(folder["shots.parquet"], rows);
        Assert.Equal(rows, Table<ShotRow>.Read(folder["shots.parquet"]));
        Assert.Equal(rows.Skip(69_990), Table<ShotRow>.Stream([folder["shots.parquet"]], "shot >= 69990"));
        Assert.Equal([folder["shots.parquet"], folder["shots.parquet.xxh128"]], Directory.GetFiles(folder.Path).Order());
    }

    [Fact]
    public void AnEmptyTableIsATable()
    {
        using var folder = new TemporaryFolder();
        Table<ProbeRow>.Write(folder["probe.parquet"], []);
        Assert.Empty(Table<ProbeRow>.Read(folder["probe.parquet"]));
    }

    [Fact]
    public void AFileSaysWhatItIsAndLetsFiltersSkipRowGroups()
    {
        using var folder = new TemporaryFolder();
        Table<ShotRow>.Write(folder["shots.parquet"], Enumerable.Range(0, 140_000).Select(Shot), "shots-0123456789ab of a test");
        string file = Database.Literal(folder["shots.parquet"]);
        using var database = Database.Open();
        using (var note = database.Query($"SELECT decode(key), decode(value) FROM parquet_kv_metadata({file}) ORDER BY ALL"))
        {
            foreach (var (key, value) in new[] { ("provenance", "shots-0123456789ab of a test"), ("schema_version", $"{ShotRow.SchemaVersion}"), ("table", "shots"), ("tool_version", ToolVersion.Current) })
            {
                Assert.True(note.Read());
                Assert.Equal(("anisora." + key, value), (note.GetString(0), note.GetString(1)));
            }
        }
        using var groups = database.Query($"SELECT row_group_num_rows, stats_min_value::INTEGER, stats_max_value::INTEGER, compression FROM parquet_metadata({file}) WHERE path_in_schema = 'shot' ORDER BY row_group_id");
        foreach (var (rows, first) in new[] { (65_536, 0), (65_536, 65_536), (8_928, 131_072) })
        {
            Assert.True(groups.Read());
            Assert.Equal((rows, first, first + rows - 1, "ZSTD"), (groups.GetInt64(0), groups.GetInt32(1), groups.GetInt32(2), groups.GetString(3)));
        }
    }

    [Fact]
    public void AnotherTableIsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        Table<ShotRow>.Write(folder["shots.parquet"], [Shot(1)]);
        Assert.Contains("is a table of shots, not of probe", Assert.Throws<InputException>(() => Table<ProbeRow>.Read(folder["shots.parquet"])).Message);
        using (var database = Database.Open())
        {
            ParquetFile.Write(database, folder["other.parquet"], $"FROM {ParquetFile.Scan(folder["shots.parquet"])}", new TableNote("shots", 7, ""));
            database.Execute($"COPY (SELECT 1 AS one) TO {Database.Literal(folder["foreign.parquet"])} (FORMAT parquet)");
        }
        Assert.Contains("schema_version of shots is 7", Assert.Throws<InputException>(() => Table<ShotRow>.Read(folder["other.parquet"])).Message);
        Assert.Contains("source_id is missing", Assert.Throws<InputException>(() => Table<ProbeRow>.Read(folder["foreign.parquet"])).Message);
        File.WriteAllText(folder["text.parquet"], "PAR1 not really");
        Assert.Contains("not a readable Parquet file", Assert.Throws<InputException>(() => Table<ShotRow>.Read(folder["text.parquet"])).Message);
        Assert.Contains("none.parquet", Assert.Throws<InputException>(() => Table<ShotRow>.Read(folder["none.parquet"])).Message);
    }

    [Fact]
    public void AWriterThatFailsLeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        Table<ShotRow>.Write(folder["shots.parquet"], [Shot(1)]);
        IEnumerable<ShotRow> Failing()
        {
            yield return Shot(2);
            throw new InputException("the film ends here");
        }
        Assert.Throws<InputException>(() => Table<ShotRow>.Write(folder["shots.parquet"], Failing()));
        Assert.Equal([Shot(1)], Table<ShotRow>.Read(folder["shots.parquet"]));
    }

    [Fact]
    public void EveryColumnIsDocumented()
    {
        string format = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "data-format.md"));
        foreach (var (table, columns) in new[]
        {
            (SourceRow.TableName, Table<SourceRow>.Columns), (ProbeRow.TableName, Table<ProbeRow>.Columns), (ShotRow.TableName, Table<ShotRow>.Columns),
            (SequenceRow.TableName, Table<SequenceRow>.Columns), (CandidateRow.TableName, Table<CandidateRow>.Columns), (ScoreRow.TableName, Table<ScoreRow>.Columns),
            (MaskRow.TableName, Table<MaskRow>.Columns), (CaptionRow.TableName, Table<CaptionRow>.Columns), (SelectionRow.TableName, Table<SelectionRow>.Columns),
            (ClipRow.TableName, Table<ClipRow>.Columns),
        })
            Assert.All(columns, column => Assert.True(format.Contains($"`{column.Name}`", StringComparison.Ordinal), $"docs/data-format.md does not explain {table}.{column.Name}"));
    }
}
