using System.IO.Compression;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AniSora.Jupyter.Tests;

/// <summary>Packages by <c>#r "nuget: …"</c>, restored by the SDK from a folder: these tests need no network.</summary>
public sealed class NuGetTests
{
    [Fact]
    public void PackagesAreRestoredOnceWithWhatTheyNeed()
    {
        using var kernel = new KernelProcess();
        using var client = new KernelClient(kernel.ConnectionFile);
        string feed = Directory.CreateDirectory(Path.Combine(kernel.Folder, "feed")).FullName;
        UseSources(kernel.Folder, "");
        byte[] inner = Compile("Tiny.Inner", "namespace Tiny; public static class Inner { public static int Number => 41; }");
        Pack(feed, "Tiny.Inner", inner, "");
        byte[] outer = Compile("Tiny.Outer", "namespace Tiny; public static class Outer { public static int Number => Inner.Number + 1; }", MetadataReference.CreateFromImage(inner));
        Pack(feed, "Tiny.Outer", outer, """<group targetFramework="net10.0"><dependency id="Tiny.Inner" version="1.0.0" /></group>""");

        string reference = $"#i \"nuget: {feed}\"\n#r \"nuget: Tiny.Outer, 1.0.0\"\n";
        var first = client.Run(reference + "Tiny.Outer.Number").Ok();
        Assert.Equal("42", first.Value);
        Assert.Contains("restoring Tiny.Outer 1.0.0", first.Stream(), StringComparison.Ordinal);
        Assert.Equal("41", client.Run("Tiny.Inner.Number").Ok().Value);

        // From the cache, without the SDK and without the feed.
        Directory.Delete(feed, recursive: true);
        var again = client.Run(reference + "Tiny.Outer.Number").Ok();
        Assert.Equal("", again.Stream());

        string missing = client.Run("#r \"nuget: Tiny.Nothing, 1.0.0\"").Error;
        Assert.Contains("Tiny.Nothing", missing, StringComparison.Ordinal);
        Assert.Contains("NU1", missing, StringComparison.Ordinal);
        Assert.Contains("write it as", client.Run("#r \"nuget: bad name, 1, 2\"").Error, StringComparison.Ordinal);
        Assert.Equal("42", client.Run("Tiny.Outer.Number").Ok().Value);
    }

    [Fact]
    public void ASourceThatCannotBeReachedIsSaidClearly()
    {
        using var kernel = new KernelProcess();
        using var client = new KernelClient(kernel.ConnectionFile);
        UseSources(kernel.Folder, """<add key="nowhere" value="https://127.0.0.1:9/index.json" />""");
        string error = client.Run("#r \"nuget: Some.Package, 1.0.0\"").Error;
        Assert.Contains("the package sources cannot be reached", error, StringComparison.Ordinal);
        Assert.Contains("NU1301", error, StringComparison.Ordinal);
    }

    // The kernel's cache lies in this folder, so the SDK takes its settings from here.
    internal static void UseSources(string folder, string sources) => File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
        <configuration>
          <config><add key="globalPackagesFolder" value="{folder}/packages" /></config>
          <packageSources><clear />{sources}</packageSources>
        </configuration>
        """);

    internal static byte[] Compile(string name, string code, params MetadataReference[] references)
    {
        using var stream = new MemoryStream();
        var core = MetadataReference.CreateFromFile(typeof(object).Assembly.Location);
        var result = CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(code)], [core, .. references], new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(stream);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics));
        return stream.ToArray();
    }

    internal static void Pack(string feed, string id, byte[] assembly, string dependencies, string? native = null)
    {
        using var package = ZipFile.Open(Path.Combine(feed, $"{id}.1.0.0.nupkg"), ZipArchiveMode.Create);
        using (var file = new StreamWriter(package.CreateEntry($"{id}.nuspec").Open()))
        {
            file.Write($"""
                <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
                <id>{id}</id><version>1.0.0</version><authors>tests</authors><description>for tests</description><dependencies>{dependencies}</dependencies>
                </metadata></package>
                """);
        }
        using (var library = package.CreateEntry($"lib/net10.0/{id}.dll").Open())
            library.Write(assembly);
        if (native is not null)
            package.CreateEntryFromFile(native, $"runtimes/linux-x64/native/{Path.GetFileName(native)}");
    }
}
