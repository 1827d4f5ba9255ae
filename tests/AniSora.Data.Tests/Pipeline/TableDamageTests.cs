using AniSora.Data.Pipeline;
using AniSora.Data.Tables;

namespace AniSora.Data.Tests.Pipeline;

public class TableDamageTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    [Fact]
    public void NoFlippedBitGoesUnnoticed()
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder), file = Path.Combine(copy, ClipIndex.FileName);
        byte[] good = File.ReadAllBytes(file);
        var random = new Random(20261129);
        for (int i = 0; i < 150; i++)
        {
            byte[] bad = [.. good];
            int at = random.Next(bad.Length);
            bad[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, bad);
            var e = Assert.Throws<InputException>(() => ClipIndex.Open(copy));
            Assert.StartsWith(file, e.Message);
            Assert.DoesNotContain('\n', e.Message);
        }
        File.WriteAllBytes(file, good);
        ClipIndex.Open(copy).Dispose();
    }

    [Fact]
    public void AFlippedBitInTheDigestIsNoticedToo()
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder), digest = Path.Combine(copy, ClipIndex.FileName + ".xxh128");
        byte[] bytes = File.ReadAllBytes(digest);
        bytes[5] ^= 1;
        File.WriteAllBytes(digest, bytes);
        Assert.Contains(ClipIndex.FileName, Assert.Throws<InputException>(() => ClipIndex.Open(copy)).Message);
    }

    [Fact]
    public void ATableWithoutADigestIsTakenAsItIs()
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder);
        File.Delete(Path.Combine(copy, ClipIndex.FileName + ".xxh128"));
        using var index = ClipIndex.Open(copy);
        Assert.Equal(16, index.Count);
    }

    [Theory]
    [InlineData("clips.parquet", "`anisora data merge ROOT`")]
    [InlineData("candidates.parquet", "`anisora data merge ROOT`")]
    [InlineData("work/shots-0123456789ab/000000-00000000.parquet", "`rm FILE && anisora data ingest --out ROOT`")]
    [InlineData("latents/0123/4567.parquet", "`rm FILE && anisora data precompute ROOT`")]
    [InlineData("sources.parquet", "`rm FILE && anisora data ingest FOLDER --out ROOT`")]
    public void TheCommandThatMakesATableAgainIsNamed(string table, string command)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["ingest.json"], "{}");
        string file = Path.Combine(folder.Path, table);
        Table<MaskRow>.Write(file, []);
        File.AppendAllText(file, "x");
        Assert.Contains(command.Replace("FILE", file).Replace("ROOT", folder.Path), Assert.Throws<InputException>(() => Table<MaskRow>.Read(file)).Message);
    }
}
