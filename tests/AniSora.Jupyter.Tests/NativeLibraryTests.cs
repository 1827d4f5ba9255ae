using System.Runtime.InteropServices;

namespace AniSora.Jupyter.Tests;

/// <summary>
/// Native libraries of what cells refer to. Packages bring them for several systems in <c>runtimes/…/native</c>, and a build copies
/// that folder beside the program.
/// </summary>
public sealed class NativeLibraryTests : IDisposable
{
    private readonly KernelProcess _kernel = new();
    private readonly KernelClient _client;

    public NativeLibraryTests() => _client = new KernelClient(_kernel.ConnectionFile);

    [Theory]
    [InlineData("runtimes/linux-x64/native", true)]
    [InlineData("runtimes/linux-x64/native", false)]
    [InlineData("runtimes/linux/native", true)]
    [InlineData("runtimes/linux/native", false)]
    [InlineData(".", true)]
    [InlineData(".", false)]
    public void ABuiltProjectsAreFound(string folder, bool described)
    {
        // The program that a cell names uses a library whose native part lies apart.
        string output = Directory.CreateDirectory(Path.Combine(_kernel.Folder, "output")).FullName;
        byte[] library = Library();
        File.WriteAllBytes(Path.Combine(output, "Tiny.Native.dll"), library);
        File.WriteAllBytes(Path.Combine(output, "Program.dll"), NuGetTests.Compile("Program",
            "public static class Program { public static int Id => Tiny.Native.Id; }", Microsoft.CodeAnalysis.MetadataReference.CreateFromImage(library)));
        Native(Directory.CreateDirectory(Path.Combine(output, folder)).FullName);
        if (described)
            File.WriteAllText(Path.Combine(output, "Program.deps.json"), Description(folder));

        Assert.Equal("true", _client.Run($"#r \"{output}/Program.dll\"\nProgram.Id == Environment.ProcessId").Ok().Value);
    }

    [Fact]
    public void APackagesAreFound()
    {
        string feed = Directory.CreateDirectory(Path.Combine(_kernel.Folder, "feed")).FullName;
        NuGetTests.UseSources(_kernel.Folder, "");
        NuGetTests.Pack(feed, "Tiny.Native", Library(), "", Native(_kernel.Folder));
        Assert.Equal("true", _client.Run($"#i \"nuget: {feed}\"\n#r \"nuget: Tiny.Native, 1.0.0\"\nTiny.Native.Id == Environment.ProcessId").Ok().Value);
    }

    [Fact]
    public void AProjectsComesBeforeTheSystems()
    {
        string output = Directory.CreateDirectory(Path.Combine(_kernel.Folder, "output")).FullName;
        File.WriteAllBytes(Path.Combine(output, "Tiny.Native.dll"), Library("libm.so.6"));
        Native(Directory.CreateDirectory(Path.Combine(output, "runtimes/linux-x64/native")).FullName, "libm.so.6");
        Assert.Equal("true", _client.Run($"#r \"{output}/Tiny.Native.dll\"\nTiny.Native.Id == Environment.ProcessId").Ok().Value);
        // For a cell's own declarations too.
        Assert.Equal("true", _client.Run("[System.Runtime.InteropServices.DllImport(\"libm.so.6\")] static extern int SystemNative_GetPid();\nSystemNative_GetPid() == Environment.ProcessId").Ok().Value);
    }

    [Fact]
    public void OneThatIsMissingIsNamed() => Assert.Contains("libtiny_missing", _client.Run(
        "[System.Runtime.InteropServices.DllImport(\"tiny_missing\")] static extern int Id();\nId()").Error, StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _kernel.Dispose();
    }

    private static byte[] Library(string native = "tiny") => NuGetTests.Compile("Tiny.Native", $$"""
        namespace Tiny;
        public static class Native
        {
            [System.Runtime.InteropServices.DllImport("{{native}}")]
            private static extern int SystemNative_GetPid();
            public static int Id => SystemNative_GetPid();
        }
        """);

    // Any native library would do: the framework's own is on every machine.
    private static string Native(string folder, string name = "libtiny.so")
    {
        string file = Path.Combine(folder, name);
        File.Copy(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"), file);
        return file;
    }

    // As the SDK writes it.
    private static string Description(string folder)
    {
        string native = folder == "." ? """ "native": { "libtiny.so": {} } """
            : $$""" "runtimeTargets": { "{{folder}}/libtiny.so": { "rid": "{{folder.Split('/')[1]}}", "assetType": "native" } } """;
        return $$"""
            {
              "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0", "signature": "" },
              "targets": { ".NETCoreApp,Version=v10.0": {
                "Program/1.0.0": { "dependencies": { "Tiny.Native": "1.0.0" }, "runtime": { "Program.dll": {} } },
                "Tiny.Native/1.0.0": { "runtime": { "lib/net10.0/Tiny.Native.dll": {} }, {{native}} }
              } },
              "libraries": {
                "Program/1.0.0": { "type": "project", "serviceable": false, "sha512": "" },
                "Tiny.Native/1.0.0": { "type": "package", "serviceable": true, "sha512": "", "path": "tiny.native/1.0.0" }
              }
            }
            """;
    }
}
