using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Models.Checkpoints;
using AniSora.Training.Config;
using AniSora.Training.Precompute;
using AniSora.Training.Train;

namespace AniSora.Training.Tests.Training;

[Collection(nameof(TrainingRuns))]
public sealed class PrecomputeTests : IClassFixture<SmallDataset>, IDisposable
{
    private readonly SmallDataset _data;
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-precompute").FullName;

    public PrecomputeTests(SmallDataset data) => _data = data;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        foreach (string cache in new[] { "latents", "text" }.Select(c => Path.Combine(_data.Folder, c)).Where(Directory.Exists))
            Directory.Delete(cache, recursive: true);
    }

    private string In(string name) => Path.Combine(_folder, name);

    private VaeTrainingConfig Vae => ConfigFile.Resolve(Presets.Vae["debug"](), null, [$"data.folder={_data.Folder}"]);

    private DitTrainingConfig Dit(params string[] settings) =>
        ConfigFile.Resolve(Presets.Dit["debug"](), null, [$"data.folder={_data.Folder}", "data.augment=false", "data.warp_share=0", .. settings]);

    private List<double> Losses(string run) => [.. MetricsLog.Read(Path.Combine(In(run), "metrics.jsonl")).Select(line => (double)line["loss"]!)];

    private int Encode(string vae, WorkShare share, ScalarType? dtype = null)
    {
        using var index = ClipIndex.Open(_data.Folder);
        return Precomputation.EncodeClips(index, "", ModelFolder.LoadVae(In(vae)), share, 2, dtype ?? float32);
    }

    [Fact]
    public void Training_on_stored_latents_is_training_on_fresh_ones()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        // Two workers share the work without overlap, and what is stored is not made again.
        Assert.Equal(6, Encode("vae", new WorkShare(0, 2)) + Encode("vae", new WorkShare(1, 2)));
        Assert.Equal(0, Encode("vae", WorkShare.All));
        TrainingRuns.TrainDit(Dit(), In("vae"), new() { Folder = In("fresh") });
        TrainingRuns.TrainDit(Dit("data.cached=true"), In("vae"), new() { Folder = In("cached") });
        var (fresh, cached) = (Losses("fresh"), Losses("cached"));
        Assert.NotEmpty(fresh);
        Assert.All(fresh.Zip(cached), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Another_vae_or_a_changed_clip_never_meets_old_latents()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        TrainingRuns.TrainVae(Vae with { Schedule = Vae.Schedule with { Seed = 9 } }, new() { Folder = In("other") });
        Encode("vae", WorkShare.All);
        string message = Assert.Throws<InputException>(() => TrainingRuns.TrainDit(Dit("data.cached=true"), In("other"), new() { Folder = In("dit") })).Message;
        Assert.Contains("anisora data precompute", message);
        using var index = ClipIndex.Open(_data.Folder);
        using var cache = Precomputation.Latents(_data.Folder, ModelFolder.LoadVae(In("vae")));
        var clip = index.Query()[0];
        Assert.True(cache.Has(Precomputation.KeyOf(clip).Key, Precomputation.KeyOf(clip).Checksum));
        Assert.False(cache.Has(clip.ClipId, Precomputation.KeyOf(clip with { Checksum = "another" }).Checksum));
        Assert.False(cache.Has(clip.ClipId, Precomputation.KeyOf(clip with { Background = "plain:#000000" }).Checksum));
        Assert.Contains("data.augment=false", Assert.Throws<InputException>(() => TrainingRuns.TrainDit(Dit("data.cached=true", "data.augment=true"), In("vae"), new() { Folder = In("dit2") })).Message);
    }

    [Fact]
    public void A_frozen_caption_encoder_is_not_trained_and_its_stored_embeddings_serve_as_well()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        TrainingRuns.TrainDit(Dit(), In("vae"), new() { Folder = In("first") });
        var (model, about) = ModelFolder.Load(In("first"));
        ModelFolder.Save(In("model"), model, about, float32);
        TrainingRuns.TrainDit(Dit($"frozen_captions={In("model")}"), In("vae"), new() { Folder = In("frozen") });

        using (var index = ClipIndex.Open(_data.Folder))
        {
            Assert.Equal(0, index.Query().Count(r => r.CaptionSuffix.Length > 0));
            Precomputation.EncodeClips(index, "", ModelFolder.LoadVae(In("vae")), WorkShare.All, 2, float32);
            Assert.InRange(Precomputation.EmbedCaptions(index, "", ModelFolder.LoadCaptions(Path.Combine(In("model"), "caption_encoder")), false, WorkShare.All, float32), 1, 6);
        }
        TrainingRuns.TrainDit(Dit($"frozen_captions={In("model")}", "data.cached=true"), In("vae"), new() { Folder = In("stored") });
        Assert.All(Losses("frozen").Zip(Losses("stored")), pair => Assert.Equal(pair.First, pair.Second, 1e-4));

        var (trained, _) = ModelFolder.Load(In("stored"));
        Assert.Equal(ModelDigest.Of(model.Captions), ModelDigest.Of(trained.Captions));
        // It lies beside the checkpoints, not in them.
        Assert.All(ModelFolder.Checkpoints(In("stored")), checkpoint => Assert.False(Directory.Exists(Path.Combine(checkpoint, ModelFolder.CaptionEncoder))));
    }

    [Fact]
    public void Half_the_bits_are_half_the_file()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        Encode("vae", WorkShare.All, float16);
        using var index = ClipIndex.Open(_data.Folder);
        var vae = ModelFolder.LoadVae(In("vae"));
        using var cache = Precomputation.Latents(_data.Folder, vae);
        using var scope = NewDisposeScope();
        var clips = index.Query();
        var stored = cache.Read(clips.Select(Precomputation.KeyOf), CPU);
        Assert.Equal(float32, stored.dtype);
        Assert.Equal(6, stored.shape[0]);
        using var file = SafeTensorsFile.Open(Directory.GetFiles(cache.Folder, "*.safetensors").Single());
        Assert.All(file.Names, name => Assert.Equal("F16", file.Entry(name).DType));
    }
}
