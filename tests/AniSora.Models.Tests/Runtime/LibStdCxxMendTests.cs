using System.Text;
using AniSora.Models.Runtime;

namespace AniSora.Models.Tests.Runtime;

/// <summary>TorchSharp's native library on systems with an older libstdc++, tried on the library itself.</summary>
public sealed class LibStdCxxMendTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Library => Path.Combine(TorchLibrary.Folder, "libLibTorchSharp.so");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("GLIBCXX_3.4.30\0GLIBCXX_3.4.31\0", true)]
    [InlineData("GLIBCXX_3.4.31\0GLIBCXX_3.4.32\0", false)]
    public void A_system_that_has_the_version_is_left_alone(string versions, bool needed)
    {
        string library = _folder["libstdc++.so.6"];
        File.WriteAllText(library, "…" + versions, Encoding.ASCII);
        Assert.Equal(needed, LibStdCxxMend.IsNeeded(library));
    }

    [Fact]
    public void The_copy_differs_in_the_two_marks_and_the_package_stays_as_it_was()
    {
        byte[] before = File.ReadAllBytes(Library);
        string copy = LibStdCxxMend.Copy(Library, _folder.Path);
        byte[] mended = File.ReadAllBytes(copy);
        Assert.Equal(before, File.ReadAllBytes(Library));
        Assert.Equal(before.Length, mended.Length);
        Assert.InRange(before.Zip(mended).Count(pair => pair.First != pair.Second), 1, 2);
        // What is mended once stays.
        var written = File.GetLastWriteTimeUtc(copy);
        Assert.Equal(copy, LibStdCxxMend.Copy(Library, _folder.Path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(copy));
    }

    [Fact]
    public void Several_at_once_make_one_whole_copy()
    {
        string[] copies = new string[8];
        Parallel.For(0, copies.Length, i => copies[i] = LibStdCxxMend.Copy(Library, _folder.Path));
        Assert.Single(copies.Distinct());
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(copies[0])!));
        Assert.Equal(new FileInfo(Library).Length, new FileInfo(copies[0]).Length);
    }

    [Fact]
    public void Unknown_and_damaged_libraries_are_said_in_one_line()
    {
        byte[] library = File.ReadAllBytes(Library);
        Assert.Contains("lib.so: is no 64-bit ELF library", Assert.Throws<InputException>(() => LibStdCxxMend.Apply("hello"u8.ToArray(), "lib.so")).Message);
        Assert.Contains("lib.so: is damaged", Assert.Throws<InputException>(() => LibStdCxxMend.Apply(library.AsSpan(0, 5000), "lib.so")).Message);
        // A later TorchSharp may want something else.
        int at = library.AsSpan().IndexOf("_ZSt21ios_base_library_initv"u8);
        library[at + 4] = (byte)'9';
        var error = Assert.Throws<InputException>(() => LibStdCxxMend.Apply(library, "lib.so"));
        Assert.Contains("1 places instead of 2", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named_with_the_fix()
    {
        string file = _folder["file"];
        File.WriteAllText(file, "");
        Assert.Contains("XDG_CACHE_HOME", Assert.Throws<InputException>(() => LibStdCxxMend.Copy(Library, file)).Message);
    }

    [Fact]
    public void Tensors_work_here()
    {
        using var sum = ones(3, 4).sum();
        Assert.Equal(12, sum.item<float>());
        Assert.Equal(TorchLibrary.WasMended, TorchLibrary.MappedLibraries().Any(path => path.Contains("/torchsharp-")));
    }
}
