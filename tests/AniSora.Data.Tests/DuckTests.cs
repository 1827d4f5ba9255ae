using AniSora.Data.Duck;

namespace AniSora.Data.Tests;

public class DuckTests
{
    [Fact]
    public void ValuesOfEveryTypeComeBack()
    {
        using var database = DuckDatabase.Open(threads: 1);
        using var reader = database.Query("SELECT ?::BOOLEAN AS a, ?::TINYINT AS b, ?::BIGINT AS c, ?::DOUBLE AS d, ?::VARCHAR AS e, ?::INTEGER AS f, ?::VARCHAR AS g", true, -5, long.MinValue, 0.1, "kurz", null, "länger als zwölf Bytes, mit ÄÖÜ und '");
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g"], reader.Columns);
        Assert.True(reader.Read());
        Assert.True(reader.GetBoolean(0));
        Assert.Equal(-5, reader.GetInt64(1));
        Assert.Equal(long.MinValue, reader.GetInt64(2));
        Assert.Equal(0.1, reader.GetDouble(3));
        Assert.Equal("kurz", reader.GetString(4));
        Assert.True(reader.IsNull(5));
        Assert.Equal("länger als zwölf Bytes, mit ÄÖÜ und '", reader.GetString(6));
        Assert.Contains("f is NULL", Assert.Throws<DuckException>(() => reader.GetInt64(5)).Message);
        Assert.Contains("e is not an integer", Assert.Throws<DuckException>(() => reader.GetInt64(4)).Message);
        Assert.False(reader.Read());
    }

    [Fact]
    public void ManyRowsStreamThroughAppenderAndReader()
    {
        using var database = DuckDatabase.Open();
        database.Execute("CREATE TABLE t (i BIGINT, text VARCHAR, x DOUBLE, flag BOOLEAN)");
        using (var appender = database.Append("t"))
        {
            for (int i = 0; i < 10_000; i++)
                appender.Add(i).Add($"row number {i}").Add(i / 2.0).Add(i % 2 == 0).EndRow();
            appender.Complete();
        }

        using var reader = database.Query("SELECT * FROM t ORDER BY i");
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(reader.Read());
            Assert.Equal((i, $"row number {i}", i / 2.0, i % 2 == 0), ((int)reader.GetInt64(0), reader.GetString(1), reader.GetDouble(2), reader.GetBoolean(3)));
        }

        Assert.False(reader.Read());
    }

    [Fact]
    public void MistakesAreOneLine()
    {
        using var database = DuckDatabase.Open();
        foreach (Action mistake in new Action[] { () => database.Execute("SELEC 1"), () => database.Execute("SELECT ?"), () => database.Append("nothing"), () => DuckDatabase.Open(memoryLimit: "much") })
            Assert.DoesNotContain('\n', Assert.Throws<DuckException>(mistake).Message);
    }

    [Fact]
    public void NoExtensionIsFetched()
    {
        using var database = DuckDatabase.Open();
        Assert.Throws<DuckException>(() => database.Execute("SELECT * FROM read_parquet('https://example.invalid/x.parquet')"));
        Assert.StartsWith("v1.", DuckLibrary.Version);
    }
}
