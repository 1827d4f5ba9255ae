using AniSora.Data.Tables;
using Parquet;
using Parquet.Schema;

namespace AniSora.Data.Tests;

/// <summary>Indices that another program wrote: what pandas, Arrow and DuckDB make of the columns' types.</summary>
public class ForeignIndexTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    private const string Optional = "direction, subject, colour, mask_shard, mask_tensor, caption_variants, caption_suffix, weight";

    [Theory]
    // As Arrow has integers and floats that were narrowed or widened.
    [InlineData("* REPLACE (frames::BIGINT AS frames, height::SMALLINT AS height, width::UTINYINT AS width, first_frame::UINTEGER AS first_frame, frame_step::TINYINT AS frame_step, \"offset\"::INTEGER AS \"offset\", byte_length::UBIGINT AS byte_length, fps::FLOAT AS fps)")]
    // Categories, and whole numbers where a fraction is meant.
    [InlineData("* REPLACE (label::ENUM('header', 'winning') AS label, split::ENUM('test', 'train') AS split, fps::INTEGER AS fps, weight::DECIMAL(9, 3) AS weight)")]
    // Columns of one's own, and a data frame's index.
    [InlineData("*, row_number() OVER () AS __index_level_0__, [1.5::FLOAT, 2] AS embedding, {'a': 1} AS notes")]
    public void OtherTypesAreReadAsTheTablesOwn(string columns)
    {
        using var folder = new TemporaryFolder();
        using var index = ClipIndex.Open(data.Folder);
        using var foreign = ClipIndex.Open(Rewritten(folder, columns));
        var expected = index.Query();
        Assert.Equal(expected, foreign.Query());
        Assert.Equal(index.Query("label = 'header'"), foreign.Query("label = 'header'"));
        Assert.Equal(expected, foreign.Rows([.. Enumerable.Range(0, expected.Count).Select(i => (long)i)]).OrderBy(r => r.ClipId, StringComparer.Ordinal));
        Assert.Equal(16, foreign.DrawIds("split <> ''", 100, 1).Distinct().Count());
    }

    [Theory]
    [InlineData($"* EXCLUDE ({Optional})")]
    [InlineData("* REPLACE (NULL::VARCHAR AS direction, NULL::VARCHAR AS subject, NULL::VARCHAR AS colour, NULL::VARCHAR AS mask_shard, NULL::VARCHAR AS mask_tensor, NULL::VARCHAR AS caption_variants, NULL::VARCHAR AS caption_suffix, NULL::FLOAT AS weight)")]
    public void WhatIsOptionalMayBeMissingOrEmpty(string columns)
    {
        using var folder = new TemporaryFolder();
        using var foreign = ClipIndex.Open(Rewritten(folder, columns));
        Assert.All(foreign.Query(), row => Assert.Equal(
            ("", "", "", "", "", "[]", "", 1.0),
            (row.Direction, row.Subject, row.Colour, row.MaskShard, row.MaskTensor, row.CaptionVariants, row.CaptionSuffix, row.Weight)));
        using var store = new FrameStore(data.Folder);
        Assert.NotEmpty(store.Read(foreign.Query()[0]));
    }

    [Theory]
    [InlineData("* REPLACE (CASE WHEN label = 'header' THEN NULL ELSE caption END AS caption)", "caption is NULL in 12 rows")]
    [InlineData("* REPLACE (frames::DOUBLE AS frames)", "frames is DOUBLE, should be INTEGER")]
    [InlineData("* REPLACE (checksum::BLOB AS checksum)", "checksum is BLOB, should be VARCHAR")]
    [InlineData("* REPLACE (9999999999 AS frames)", "9999999999")]
    public void WhatDoesNotFitIsNamed(string columns, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = Rewritten(folder, columns);
        var e = Assert.Throws<InputException>(() => ClipIndex.Open(file).Query());
        Assert.Contains(file, e.Message);
        Assert.Contains(expected, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task NarrowNumbersOfAnotherWriterAreRead()
    {
        using var folder = new TemporaryFolder();
        using var index = ClipIndex.Open(data.Folder);
        var rows = index.Query();
        // Every column may be NULL, as data frames have it; text is in dictionaries, whole numbers have 16 bits, fractions 32.
        var columns = Table<ClipRow>.Columns;
        var schema = new ParquetSchema(columns.Select(c => new DataField(c.Name, c.Type switch { "VARCHAR" => typeof(string), "BOOLEAN" => typeof(bool), "DOUBLE" => typeof(float), "INTEGER" => typeof(short), _ => typeof(long) }, isNullable: true)));
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        foreach (var column in columns.Where(c => c.Type == "VARCHAR"))
            options.ColumnEncodingHints[column.Name] = EncodingHint.Dictionary;
        await using (var file = File.Create(folder["narrow.parquet"]))
        await using (var writer = await ParquetWriter.CreateAsync(schema, file, options, cancellationToken: TestContext.Current.CancellationToken))
        {
            using var group = writer.CreateRowGroup();
            foreach (var (column, field) in columns.Zip(schema.DataFields))
            {
                var property = typeof(ClipRow).GetProperty(column.Name.Replace("_", ""), System.Reflection.BindingFlags.IgnoreCase | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance)!;
                object?[] values = [.. rows.Select(property.GetValue)];
                await (column.Type switch
                {
                    "VARCHAR" => group.WriteAsync(field, [.. values.Cast<string>()]),
                    "BOOLEAN" => group.WriteAsync<bool>(field, values.Select(v => (bool?)v).ToArray()),
                    "DOUBLE" => group.WriteAsync<float>(field, values.Select(v => (float?)(double)v!).ToArray()),
                    "INTEGER" => group.WriteAsync<short>(field, values.Select(v => (short?)(int)v!).ToArray()),
                    _ => group.WriteAsync<long>(field, values.Select(v => (long?)v).ToArray()),
                });
            }
        }
        using var narrow = ClipIndex.Open(folder["narrow.parquet"]);
        Assert.Equal(rows.Select(r => r with { MotionScore = (float)r.MotionScore, Weight = (float)r.Weight, Fps = (float)r.Fps }), narrow.Query());
    }

    private string Rewritten(TemporaryFolder folder, string columns)
    {
        string target = folder["foreign.parquet"];
        using var database = Database.Open();
        database.Execute($"COPY (SELECT {columns} FROM read_parquet({Database.Literal(data.IndexFile)})) TO {Database.Literal(target)} (FORMAT parquet)");
        return target;
    }
}
