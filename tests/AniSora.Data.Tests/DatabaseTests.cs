using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Tests;

public class DatabaseTests
{
    [Fact]
    public void MistakesAreOneLine()
    {
        using var database = Database.Open();
        foreach (Action mistake in new Action[] { () => database.Execute("SELEC 1"), () => database.Execute("SELECT colour"), () => Database.Open(memoryLimit: "much") })
            Assert.DoesNotContain('\n', Assert.Throws<DuckDBException>(mistake).FirstLine());
    }

    [Fact]
    public void NoExtensionIsFetched()
    {
        using var database = Database.Open();
        Assert.Throws<DuckDBException>(() => database.Execute("SELECT * FROM read_parquet('https://example.invalid/x.parquet')"));
        Assert.StartsWith("v1.", database.ServerVersion);
    }

    [Fact]
    public void LimitsAreThoseGiven()
    {
        using var database = Database.Open(threads: 1, memoryLimit: "64MiB");
        using (var settings = database.Query("SELECT current_setting('threads')::BIGINT, current_setting('memory_limit')"))
        {
            Assert.True(settings.Read());
            Assert.Equal((1, "64.0 MiB"), (settings.GetInt64(0), settings.GetString(1)));
        }
        database.Execute("SET temp_directory = ''");
        Assert.Contains("Out of Memory", Assert.Throws<DuckDBException>(() => database.Execute("CREATE TABLE t AS SELECT hash(i) AS h FROM range(50_000_000) r(i)")).FirstLine());
    }

    [Fact]
    public void ALockedDatabaseReadsOneFileAndStaysLocked()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["one.csv"], "a\n1\n");
        File.WriteAllText(folder["other.csv"], "a\n2\n");
        using var database = Database.Open();
        database.LockTo(folder["one.csv"]);
        database.Execute($"FROM read_csv({Database.Literal(folder["one.csv"])})");
        Assert.Contains("Permission", Assert.Throws<DuckDBException>(() => database.Execute($"FROM read_csv({Database.Literal(folder["other.csv"])})")).FirstLine());
        Assert.Throws<DuckDBException>(() => database.Execute($"COPY (SELECT 1) TO {Database.Literal(folder["new.csv"])}"));
        Assert.Throws<DuckDBException>(() => database.Execute("SET enable_external_access = true"));
        Assert.Throws<DuckDBException>(() => database.Execute("SET memory_limit = '1TB'"));
    }

    [Theory]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELECT 1) UNION (SELECT '")]
    [InlineData("DROP TABLE t")]
    public void WhatAPersonWroteIsOneSelect(string select)
    {
        using var database = Database.Open();
        database.Execute("CREATE TABLE t AS SELECT 'it''s' AS text");
        Assert.Throws<DuckDBException>(() => database.Execute($"FROM {Database.Single(select)}"));
        using var rows = database.Query($"FROM {Database.Single("SELECT text FROM t WHERE text = 'it''s' -- a comment")}");
        Assert.True(rows.Read());
    }
}
