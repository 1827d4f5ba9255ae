namespace AniSora.Models.Tests;

/// <summary>Where the reference's numbers lie beside the tests, and comparisons in their measure.</summary>
internal static class Fixtures
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "fixtures");

    /// <summary>The shipped model.</summary>
    public static string DemoModel
    {
        get
        {
            string folder = AppContext.BaseDirectory;
            while (!System.IO.File.Exists(Path.Combine(folder, "AniSora.sln")))
                folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests do not run inside the repository");
            return Path.Combine(folder, "models", "anisora-demo");
        }
    }

    public static string File(string name) => Path.Combine(Folder, name);

    /// <summary>max |a − b| / max |b|.</summary>
    public static double Error(Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        return (actual - expected).abs().max().item<float>() / expected.abs().max().item<float>();
    }

    /// <summary>Random moving pictures with the smoothness of real ones, so that a linear code has something to find.</summary>
    public static Tensor Clips(long count, long frames, long height, long width, ulong seed)
    {
        using var generator = new Generator(seed);
        var coarse = randn([count, 3, ((frames - 1) / 4) + 1, height / 8, width / 8], generator: generator);
        var fine = F.interpolate(coarse, [frames, height, width]);
        return (fine + (randn(fine.shape, generator: generator) * 0.05)).tanh();
    }
}
