using AniSora.Models.Checkpoints;
using AniSora.Training.Parity;

namespace AniSora.Training.Tests;

/// <summary>This project's numbers against the reference implementation's.</summary>
public sealed class ParityTests
{
    [Theory]
    [InlineData("vae", 13)]
    [InlineData("dit", 88)]
    [InlineData("schedulers", 15)]
    public void Every_comparison_with_the_reference_is_within_tolerance(string group, int atLeast)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Fixtures.Folder, group + "*"))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var results = ParityCheck.Run(folder.Path).ToList();
        Assert.True(results.Count >= atLeast, $"{results.Count} comparisons");
        Assert.All(results, r => Assert.True(r.Pass, $"{r.Name}: {r.MaxRelative:0.0e+00}"));
    }

    [Fact]
    public void A_folder_with_all_groups_gives_all_comparisons() =>
        Assert.Equal(["vae", "dit", "schedule"], ParityCheck.Run(Fixtures.Folder).Select(r => r.Name.Split(' ')[0]).Where(n => n is "vae" or "dit" or "schedule").Distinct());

    [Fact]
    public void A_changed_weight_is_found()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Fixtures.Folder, "dit*"))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var weights = Path.Combine(folder.Path, "dit_weights.safetensors");
        using (var scope = NewDisposeScope())
        {
            List<(string, Tensor)> tensors;
            using (var file = SafeTensorsFile.Open(weights))
                tensors = [.. file.Names.Select(n => (n, n == "proj_out.bias" ? file.Load(n) + 0.01 : file.Load(n)))];
            SafeTensorsFile.Save(weights, tensors, null);
        }
        var failed = ParityCheck.Run(folder.Path).Where(r => !r.Pass).Select(r => r.Name).ToList();
        Assert.Contains("dit output", failed);
        Assert.DoesNotContain("dit rotary sines", failed);
    }

    [Fact]
    public void A_missing_folder_an_empty_one_and_a_missing_file_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no such folder", Assert.Throws<InputException>(() => ParityCheck.Run(Path.Combine(folder.Path, "none"))).Message);
        Assert.Contains("nothing to compare", Assert.Throws<InputException>(() => ParityCheck.Run(folder.Path)).Message);
        File.Copy(Fixtures.File("vae_weights.safetensors"), Path.Combine(folder.Path, "vae_weights.safetensors"));
        Assert.Contains("vae_config.json", Assert.Throws<InputException>(() => ParityCheck.Run(folder.Path).ToList()).Message);
    }

    [Fact]
    public void Weights_of_another_size_are_refused_with_the_tensors_name()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Fixtures.Folder, "vae*"))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var config = Path.Combine(folder.Path, "vae_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("32\n", "64\n", StringComparison.Ordinal));
        var message = Assert.Throws<InputException>(() => ParityCheck.Run(folder.Path).ToList()).Message;
        Assert.Contains("vae_weights.safetensors: tensor ", message);
        Assert.Contains("config.json", message);
    }
}
