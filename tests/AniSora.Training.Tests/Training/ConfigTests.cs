using AniSora.Data;
using AniSora.Training.Config;

namespace AniSora.Training.Tests.Training;

public sealed class ConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-config").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Settings_override_the_file_which_overrides_the_preset()
    {
        string yaml = Path.Combine(_folder, "c.yaml");
        File.WriteAllText(yaml, "optimizer:\n  learning_rate: 0.5\n  beta1: 0.7\nmodel:\n  block_out_channels: [8, 16, 16]\n");
        var config = ConfigFile.Resolve(Presets.Vae["debug"](), yaml, ["optimizer.learning_rate=0.25", "data.where=split = 'test'"]);
        Assert.Equal(0.25, config.Optimizer.LearningRate);
        Assert.Equal(0.7, config.Optimizer.Beta1);
        Assert.Equal([8, 16, 16], config.Model.BlockOutChannels);
        Assert.Equal("split = 'test'", config.Data.Where);
        Assert.Equal(Presets.Vae["debug"]().Schedule, config.Schedule);
    }

    [Theory]
    [InlineData("optimizer.learning_rat=1", "learning_rate")]
    [InlineData("optimiser.learning_rate=1", "optimizer")]
    [InlineData("schedule.steps=many", "schedule.steps")]
    [InlineData("optimizer=null", "'optimizer' is null")]
    [InlineData("data.where=null", "where")]
    [InlineData("nothing", "path=value")]
    [InlineData("l1_weight.x=1", "l1_weight")]
    public void A_wrong_setting_is_named_with_its_fix(string setting, string expected)
    {
        var error = Assert.Throws<InputException>(() => ConfigFile.Resolve(Presets.Vae["debug"](), null, [setting]));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void A_wrong_file_is_named()
    {
        string path = Path.Combine(_folder, "c.yaml");
        Assert.Contains(path, Assert.Throws<InputException>(() => ConfigFile.Resolve(Presets.Dit["debug"](), path)).Message);
        File.WriteAllText(path, "optimizer: [1, 2");
        Assert.Contains(path, Assert.Throws<InputException>(() => ConfigFile.Resolve(Presets.Dit["debug"](), path)).Message);
        File.WriteAllText(path, "optimizer:\n  learning_speed: 1\n");
        Assert.Contains("learning_speed", Assert.Throws<InputException>(() => ConfigFile.Resolve(Presets.Dit["debug"](), path)).Message);
    }

    [Fact]
    public void Every_preset_survives_its_file()
    {
        foreach (var (name, preset) in Presets.Vae)
            RoundTrip(preset(), name);
        foreach (var (name, preset) in Presets.Dit)
            RoundTrip(preset(), name);
    }

    [Fact]
    public void An_unknown_preset_lists_the_known_ones() =>
        Assert.Contains("'small'", Assert.Throws<InputException>(() => Presets.Find(Presets.Vae, "smal")).Message);

    [Fact]
    public void The_learning_rate_warms_up_and_falls_as_half_a_cosine()
    {
        var optimizer = new OptimizerConfig { LearningRate = 2, WarmupSteps = 10, FinalShare = 0.1 };
        Assert.Equal(2 * 0.1, optimizer.RateAt(0, 1000), 3);
        Assert.Equal(2 * (0.1 + 0.9 * 0.5), optimizer.RateAt(500, 1000), 6);
        Assert.Equal(0.2, optimizer.RateAt(1000, 1000), 6);
    }

    private void RoundTrip<T>(T config, string name)
        where T : class
    {
        string path = Path.Combine(_folder, name + ".json");
        ConfigFile.Save(path, config);
        string text = File.ReadAllText(path);
        ConfigFile.Save(path, ConfigFile.Load<T>(path));
        Assert.Equal(text, File.ReadAllText(path));
    }
}
