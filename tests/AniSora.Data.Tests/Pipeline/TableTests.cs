using AniSora.Data.Tables;
using DuckDB.NET.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests.Pipeline;

public class TableTests
{
    private static ShotRow Shot(int number) => new("film \"ä\"/日本.mp4", number, 10 * number, 9, TransitionKind.Cut, 10 * number, 0.25 * number, 0, 0, 64, 48, 0.125);

    [Fact]
    public void RowsSurviveTheirFile()
    {
        using var folder = new TemporaryFolder();
        var rows = Enumerable.Range(0, 5000).Select(Shot).ToList();
        Table<ShotRow>.Write(folder["shots.parquet"], rows);
        Assert.Equal(rows, Table<ShotRow>.Read(folder["shots.parquet"]));
        Assert.Equal(rows.Skip(4990), Table<ShotRow>.Stream([folder["shots.parquet"]], "shot >= 4990"));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void AnEmptyTableIsATable()
    {
        using var folder = new TemporaryFolder();
        Table<ProbeRow>.Write(folder["probe.parquet"], []);
        Assert.Empty(Table<ProbeRow>.Read(folder["probe.parquet"]));
    }

    [Fact]
    public void AnotherTableIsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        Table<ShotRow>.Write(folder["shots.parquet"], [Shot(1)]);
        Assert.Contains("readable is missing", Assert.Throws<InputException>(() => Table<ProbeRow>.Read(folder["shots.parquet"])).Message);
        using (var database = Database.Open())
            ParquetFile.Write(database, folder["other.parquet"], $"SELECT * REPLACE (CAST(7 AS INTEGER) AS schema_version) FROM {ParquetFile.Scan(folder["shots.parquet"])}");
        Assert.Contains("schema_version of shots is 7", Assert.Throws<InputException>(() => Table<ShotRow>.Read(folder["other.parquet"])).Message);
        File.WriteAllText(folder["text.parquet"], "PAR1 not really");
        Assert.Contains("not a readable Parquet file", Assert.Throws<InputException>(() => Table<ShotRow>.Read(folder["text.parquet"])).Message);
        Assert.Contains("no such table", Assert.Throws<InputException>(() => Table<ShotRow>.Read(folder["none.parquet"])).Message);
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
        foreach (var (table, columns) in new (string, IEnumerable<string>)[]
        {
            (SourceRow.TableName, Table<SourceRow>.Columns.Select(c => c.Name)), (ProbeRow.TableName, Table<ProbeRow>.Columns.Select(c => c.Name)),
            (ShotRow.TableName, Table<ShotRow>.Columns.Select(c => c.Name)), (SequenceRow.TableName, Table<SequenceRow>.Columns.Select(c => c.Name)),
            (CandidateRow.TableName, Table<CandidateRow>.Columns.Select(c => c.Name)), (ScoreRow.TableName, Table<ScoreRow>.Columns.Select(c => c.Name)),
            (MaskRow.TableName, Table<MaskRow>.Columns.Select(c => c.Name)), (CaptionRow.TableName, Table<CaptionRow>.Columns.Select(c => c.Name)),
            (SelectionRow.TableName, Table<SelectionRow>.Columns.Select(c => c.Name)),
        })
            Assert.All(columns, column => Assert.True(format.Contains($"`{column}`", StringComparison.Ordinal), $"docs/data-format.md does not explain {table}.{column}"));
    }
}
