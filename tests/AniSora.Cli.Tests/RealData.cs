namespace AniSora.Cli.Tests;

/// <summary>The real demo data set and a short real VAE and DiT run on it, made once by the real commands and shared by the tests that need them.</summary>
public sealed class RealData : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The data set's folder.</summary>
    public string Data => _folder["data"];

    /// <summary>A finished <c>train vae</c> run.</summary>
    public string Vae => _folder["vae"];

    /// <summary>A finished <c>train dit</c> run in that VAE's latents.</summary>
    public string Dit => _folder["dit"];

    /// <summary>What <c>export weights</c> made of it.</summary>
    public string Model => _folder["model"];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await Succeed("data", "prepare", "demo", "--out", Data);
        await Succeed("train", "vae", "--preset", "debug", "--data", Data, "--out", Vae);
        await Succeed("train", "dit", "--preset", "debug", "--data", Data, "--out", Dit, "--vae", Vae);
        await Succeed("export", "weights", Dit, Model);
    }

    /// <summary>Runs a command that has to succeed.</summary>
    internal static async Task<CliResult> Succeed(params string[] args)
    {
        var result = await CliRunner.RunAsync(args);
        Assert.True(result.ExitCode == 0, $"anisora {string.Join(' ', args)}: exit code {result.ExitCode}: {result.Error}");
        return result;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Shares <see cref="RealData"/> between test classes.</summary>
[CollectionDefinition(Name)]
public sealed class RealDataCollection : ICollectionFixture<RealData>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "real data";
}
