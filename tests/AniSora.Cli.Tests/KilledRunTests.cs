
namespace AniSora.Cli.Tests;

/// <summary>A run that is killed without warning, again and again, ends as if nothing had happened.</summary>
[Collection(RealDataCollection.Name)]
public sealed class KilledRunTests(RealData real)
{
    private const int Kills = 30;
    private static readonly string[] _weights = ["weights.safetensors", "vae/model.safetensors", "optimizer.safetensors"];

    [Fact]
    public async Task Thirty_kills_at_random_moments_change_nothing()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        string[] Train(string to) =>
            ["train", "vae", "--preset", "debug", "--data", real.Data, "--out", to, "--steps", "120", "--resume",
             "--set", "schedule.evaluate_every=0", "--set", "schedule.checkpoint_every=1"];
        var quiet = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" };
        var whole = await CliRunner.RunAsync(Train(folder["whole"]), folder: null, quiet);
        Assert.True(whole.ExitCode == 0, whole.Error);

        // Checkpoints take most of the time, so most kills fall into one. Where exactly differs from machine to machine; the end may not.
        var random = new Random(7);
        for (int killed = 0; killed < Kills;)
        {
            var result = await CliRunner.RunAsync(Train(run), folder: null, quiet, started: async process =>
            {
                int before = File.Exists(Path.Combine(run, "metrics.jsonl")) ? Whole(run) : 0;
                int more = 1 + random.Next(2);
                while (!process.HasExited && Whole(run) < before + more)
                    await Task.Delay(2);
                await Task.Delay(random.Next(40));
                process.Kill();
            });
            if (result.ExitCode == 0)
            {
                // The run was faster than we were, as on a busy machine: it has to be right, and the other kills fall into a new one.
                AssertSame(folder["whole"], run);
                Directory.Delete(run, recursive: true);
                continue;
            }
            Assert.True(result.ExitCode == 137, result.Error);
            killed++;
            // Whatever the moment was, every checkpoint that has its name is whole.
            foreach (string checkpoint in Directory.GetDirectories(Path.Combine(run, "checkpoints"), "step-*"))
                foreach (string file in _weights)
                {
                    using var opened = SafeTensorsFile.Open(Path.Combine(checkpoint, file));
                    opened.Verify(required: true);
                }
        }

        var last = await CliRunner.RunAsync(Train(run), folder: null, quiet);
        Assert.True(last.ExitCode == 0, last.Error);
        AssertSame(folder["whole"], run);
    }

    private static void AssertSame(string whole, string run)
    {
        Assert.Equal(LaunchTests.Losses(whole), LaunchTests.Losses(run));
        Assert.Equal(Files(whole), Files(run));
        foreach (string file in _weights)
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "checkpoints/step-00000120", file)), File.ReadAllBytes(Path.Combine(run, "checkpoints/step-00000120", file)));
    }

    /// <summary>Whole lines in the log; it may be replaced by a new one at any moment.</summary>
    private static int Whole(string run)
    {
        try
        {
            return LaunchTests.Losses(run).Count;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    // Hidden files too: nothing half-written is left.
    private static List<string> Files(string run) =>
        [.. Directory.EnumerateFileSystemEntries(run, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(p => Path.GetRelativePath(run, p)).Order(StringComparer.Ordinal)];
}
