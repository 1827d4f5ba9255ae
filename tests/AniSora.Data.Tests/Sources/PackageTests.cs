using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace AniSora.Data.Tests;

public class PackageTests
{
    [Fact]
    public async Task AnNpmPackageInTheCacheIsUnpackedOnceWithoutTheNetwork()
    {
        using var folder = new TemporaryFolder();
        string tarball = Pack(folder, "npm/someone-little-1.2.3.tgz", ("package/package.json", "{}"), ("package/assets/a/hello.txt", "hello"));
        var package = new NpmPackage("@someone/little", "1.2.3", "sha512-" + Convert.ToBase64String(SHA512.HashData(File.ReadAllBytes(tarball))), 1);
        Assert.True(package.IsCached(folder.Path));
        var unpacked = await package.FetchAsync(folder.Path, null, CancellationToken.None);
        Assert.Equal("hello", File.ReadAllText(Path.Combine(unpacked.Root, "assets/a/hello.txt")));
        Assert.Equal("1.2.3", unpacked.Version);
        File.Delete(tarball);
        Assert.True(package.IsCached(folder.Path));
        Assert.Equal(unpacked, await package.FetchAsync(folder.Path, null, CancellationToken.None));
    }

    [Fact]
    public async Task AnotherFileOfThatNameIsNotTakenForThePackage()
    {
        using var folder = new TemporaryFolder();
        Pack(folder, "npm/anisora-no-such-package-1.2.3.tgz", ("package/package.json", "{}"));
        var package = new NpmPackage("anisora-no-such-package", "1.2.3", "sha512-" + Convert.ToBase64String(new byte[64]), 1);
        Assert.False(package.IsCached(folder.Path));
        // Without npm on the machine the message is another one, but it is one.
        Assert.Contains("npm", (await Assert.ThrowsAsync<InputException>(() => package.FetchAsync(folder.Path, null, CancellationToken.None))).Message);
        Assert.False(Directory.Exists(folder["unpacked"]) && Directory.EnumerateFileSystemEntries(folder["unpacked"]).Any());
        Assert.Single(Directory.EnumerateFileSystemEntries(folder["npm"]));
    }

    [Theory]
    [InlineData("package/../../evil.txt")]
    [InlineData("../evil.txt")]
    [InlineData("/tmp/evil.txt")]
    [InlineData("package//tmp/evil.txt")]
    [InlineData("package/./evil.txt")]
    [InlineData("evil.txt")]
    public void NoEntryLeadsOutOfTheFolder(string name)
    {
        using var folder = new TemporaryFolder();
        string tarball = Pack(folder, "a.tgz", ("package/good.txt", "x"), (name, "evil"));
        Assert.Contains("leads out", Assert.Throws<InputException>(() => Tarball.Unpack(tarball, folder["out"])).Message);
        Assert.DoesNotContain(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), f => f.EndsWith("evil.txt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    public void NoEntryIsALinkOrAPipe(TarEntryType type)
    {
        using var folder = new TemporaryFolder();
        string tarball = folder["a.tgz"];
        using (var writer = new TarWriter(new GZipStream(File.Create(tarball), CompressionLevel.Fastest)))
        {
            var entry = new PaxTarEntry(type, "package/link");
            if (type != TarEntryType.Fifo)
                entry.LinkName = "/etc/hostname";
            writer.WriteEntry(entry);
        }
        Assert.Contains(type.ToString(), Assert.Throws<InputException>(() => Tarball.Unpack(tarball, folder["out"])).Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder["out"]));
    }

    [Fact]
    public void ADamagedArchiveIsNamed()
    {
        using var folder = new TemporaryFolder();
        string tarball = Pack(folder, "a.tgz", ("package/good.txt", string.Join(' ', Enumerable.Range(0, 5000))));
        byte[] bytes = File.ReadAllBytes(tarball);
        File.WriteAllBytes(folder["cut.tgz"], bytes[..(bytes.Length / 2)]);
        File.WriteAllText(folder["text.tgz"], "no archive");
        foreach (string file in new[] { folder["cut.tgz"], folder["text.tgz"] })
            Assert.StartsWith(file, Assert.Throws<InputException>(() => Tarball.Unpack(file, folder[Path.GetRandomFileName()])).Message);
    }

    private static string Pack(TemporaryFolder folder, string name, params (string Name, string Text)[] entries)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        using var writer = new TarWriter(new GZipStream(File.Create(folder[name]), CompressionLevel.Fastest));
        foreach (var (entry, text) in entries)
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)) });
        return folder[name];
    }
}
