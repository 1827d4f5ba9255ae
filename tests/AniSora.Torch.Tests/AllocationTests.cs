using static AniSora.Torch.torch;

namespace AniSora.Torch.Tests;

/// <summary>Counts what the whole process allocates, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests : IDisposable
{
    private const long MiB = 1 << 20;
    private readonly TemporaryFolder _folder = new();

    public AllocationTests()
    {
        // What earlier tests forgot is collected now and not while we count.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bytes_are_counted_while_a_tensor_has_them_and_the_peak_is_kept()
    {
        var before = TorchRuntime.AllocatedBytes;
        TorchRuntime.ResetPeakAllocatedBytes();
        var x = zeros(1024, 1024);
        var view = x[0];
        x.Dispose();
        Assert.InRange(TorchRuntime.AllocatedBytes - before, 4 * MiB, 5 * MiB);
        view.Dispose();
        Assert.Equal(before, TorchRuntime.AllocatedBytes);
        Assert.InRange(TorchRuntime.PeakAllocatedBytes - before, 4 * MiB, 5 * MiB);
        TorchRuntime.ResetPeakAllocatedBytes();
        Assert.Equal(before, TorchRuntime.PeakAllocatedBytes);
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(15), InlineData(16), InlineData(1000), InlineData(3_000_001)]
    public void Every_tensor_begins_at_a_cache_line(int bytes)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < 20; i++)
        {
            var x = zeros([bytes], uint8);
            Assert.Equal(0, x.data_ptr() % 64);
        }
    }

    /// <summary>libtorch's own allocator fails this with glibc before 2.38: twice the memory of what is held.</summary>
    [Fact]
    public void A_freed_tensors_place_serves_the_next_of_its_size()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 32).Select(_ => empty(3 << 18)).ToList();
        var holes = tensors.Where((_, i) => i % 2 == 1).Select(t => t.data_ptr()).ToHashSet();
        foreach (var tensor in tensors.Where((_, i) => i % 2 == 1))
            tensor.Dispose();
        // Not all: an older hole may serve as well.
        Assert.InRange(Enumerable.Range(0, holes.Count).Count(_ => holes.Contains(empty(3 << 18).data_ptr())), holes.Count / 2, holes.Count);
    }

    [Fact]
    public void An_impossible_size_is_an_error_and_not_the_end() =>
        Assert.Contains("not enough memory", Assert.Throws<TorchException>(() => empty(1L << 58)).Message, StringComparison.Ordinal);

    [Fact]
    public void Reading_a_file_keeps_no_second_copy_of_it_resident()
    {
        var path = _folder["weights.safetensors"];
        using (var written = ones(64, 1024, 256))
            SafeTensorsFile.Save(path, [("a", written)]);
        using var file = SafeTensorsFile.Open(path);
        file.Verify();
        using var a = file.Load("a");
        Assert.Equal(64 * 1024 * 256, a.sum().item<float>());
        Assert.InRange(ResidentOf(path), 0, 4096);
        using var view = file.View("a"); // whose pages are the file's own
        view.sum().Dispose();
        Assert.InRange(ResidentOf(path), 60_000, 70_000);
    }

    /// <summary>KiB of a mapped file that are resident in this process.</summary>
    private static long ResidentOf(string path)
    {
        long sum = 0;
        var mine = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal))
                sum += mine ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
            else if (line.Contains('-', StringComparison.Ordinal) && !line.Contains(": ", StringComparison.Ordinal))
                mine = line.EndsWith(path, StringComparison.Ordinal);
        }
        return sum;
    }
}
