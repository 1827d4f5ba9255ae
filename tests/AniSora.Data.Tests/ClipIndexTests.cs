using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Tests;

public class ClipIndexTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    [Fact]
    public void RowsSurviveTheFile()
    {
        using var folder = new TemporaryFolder();
        using var index = ClipIndex.Open(data.Folder);
        var rows = index.Query();
        Assert.Equal(16, rows.Count);
        Assert.Equal(index.Count, rows.Count);
        ClipIndex.Write(folder["again.parquet"], rows);
        using var again = ClipIndex.Open(folder["again.parquet"]);
        Assert.Equal(rows, again.Query());
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void FiltersAreSql()
    {
        using var index = ClipIndex.Open(data.IndexFile);
        Assert.All(index.Query("label = 'header' AND split = 'test' -- a comment"), r => Assert.Equal(("header", "test"), (r.Label, r.Split)));
        Assert.Equal(["header", "winning"], index.Values("label"));
        Assert.Empty(index.Query("label = 'flying'"));
        var e = Assert.Throws<InputException>(() => index.Require("label = 'flying'"));
        Assert.Contains("header, winning", e.Message);
    }

    [Theory]
    [InlineData("colr = 'red'", "colr")]
    [InlineData("label = ", "syntax error")]
    [InlineData("true); DROP VIEW clips; SELECT (1", "single SELECT")]
    [InlineData("label IN (SELECT content FROM read_text('/etc/hostname'))", "read_text")]
    [InlineData("true) UNION ALL (SELECT * FROM read_csv('/etc/passwd')", "")]
    public void ABadFilterIsNamedAndReachesNoOtherFile(string where, string expected)
    {
        using var index = ClipIndex.Open(data.Folder);
        var e = Assert.Throws<InputException>(() => index.Query(where));
        Assert.Contains(data.IndexFile, e.Message);
        Assert.Contains(where, e.Message);
        Assert.Contains(expected, e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(16, index.Query().Count);
    }

    [Fact]
    public void SqlAnswersQuestionsInTheirOrderAndInPlainTypes()
    {
        using var index = ClipIndex.Open(data.Folder);
        var table = index.Sql("SELECT label, count(*) AS clips, sum(frames) AS frames, avg(motion_score) AS motion, 0.5 AS half, [1, 2] AS pair, NULL AS nothing, true AS yes FROM clips GROUP BY label ORDER BY label DESC;");
        Assert.Equal(["label", "clips", "frames", "motion", "half", "pair", "nothing", "yes"], table.Columns);
        Assert.Equal(["winning", "header"], table.Texts("label"));
        Assert.Equal(16, table.Numbers("clips").Sum());
        Assert.Equal(index.Query().Sum(r => r.Frames), table.Numbers("frames").Sum());
        Assert.Equal(index.Query("label = 'winning'").Average(r => r.MotionScore), table.Numbers("motion")[0], 9);
        Assert.Equal([0.5, "[1, 2]", null, true], table.Rows[0].Skip(4));
        Assert.Equal([double.NaN, double.NaN], table.Numbers("nothing"));
        Assert.Empty(index.Sql("SELECT label FROM clips WHERE false").Rows);
        Assert.Contains("clips are", Assert.Throws<InputException>(() => index.Sql("SELECT colr FROM clips")).Message);
        Assert.Contains("no number", Assert.Throws<InputException>(() => table.Numbers("label")).Message);
        Assert.Contains("columns are label", Assert.Throws<InputException>(() => table.Texts("lable")).Message);
    }

    [Theory]
    [InlineData("SELECT content FROM read_text('/etc/hostname')")]
    [InlineData("SELECT 1) TO '/tmp/stolen'; DROP VIEW clips; SELECT (1")]
    [InlineData("DROP VIEW clips")]
    public void SqlReachesNothingButTheIndex(string sql)
    {
        using var index = ClipIndex.Open(data.Folder);
        Assert.Throws<InputException>(() => index.Sql(sql));
        Assert.Equal(16, index.Query().Count);
    }

    [Fact]
    public void AMissingFileSaysHowToMakeIt()
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<InputException>(() => ClipIndex.Open(folder.Path));
        Assert.Contains(folder[ClipIndex.FileName], e.Message);
        Assert.Contains("anisora data prepare demo", e.Message);
    }

    [Fact]
    public void DamagedFilesAreRefused()
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(data.IndexFile);
        File.WriteAllText(folder["text.parquet"], "not a parquet file, although it is long enough to be one");
        File.WriteAllBytes(folder["empty.parquet"], []);
        File.WriteAllBytes(folder["cut.parquet"], good[..(good.Length / 2)]);
        foreach (string file in Directory.GetFiles(folder.Path))
            Assert.Contains(file, Assert.Throws<InputException>(() => ClipIndex.Open(file)).Message);
    }

    [Theory]
    [InlineData("* EXCLUDE (checksum)", "checksum is missing")]
    [InlineData("* REPLACE (CAST(frames AS VARCHAR) AS frames)", "frames is VARCHAR, should be INTEGER")]
    public void ASchemaThatDoesNotFitIsNamed(string columns, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = Rewritten(folder, $"SELECT {columns} FROM");
        var e = Assert.Throws<InputException>(() => ClipIndex.Open(file));
        Assert.Contains(file, e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Fact]
    public void AnUnknownColumnIsNoObstacleAndNoClipsAreOne()
    {
        using var folder = new TemporaryFolder();
        using (var wider = ClipIndex.Open(Rewritten(folder, "SELECT *, 5 AS score FROM")))
            Assert.Equal(16, wider.Query("score = 5").Count);
        string empty = Rewritten(folder, "SELECT * FROM", "WHERE false");
        Assert.Contains("no clips", Assert.Throws<InputException>(() => ClipIndex.Open(empty)).Message);
    }

    [Fact]
    public void AFullOrForbiddenPlaceKeepsTheOldIndex()
    {
        using var folder = new TemporaryFolder();
        using var index = ClipIndex.Open(data.Folder);
        File.WriteAllText(folder["file"], "a file, not a folder");
        var e = Assert.Throws<InputException>(() => ClipIndex.Write(Path.Combine(folder["file"], ClipIndex.FileName), index.Query()));
        Assert.Contains("file", e.Message);
        Assert.Equal("a file, not a folder", File.ReadAllText(folder["file"]));
    }

    private string Rewritten(TemporaryFolder folder, string select, string rest = "")
    {
        string target = folder[$"{Guid.NewGuid():N}.parquet"];
        using var database = Database.Open();
        database.Execute($"COPY ({select} read_parquet({Database.Literal(data.IndexFile)}) {rest}) TO {Database.Literal(target)} (FORMAT parquet)");
        return target;
    }
}
