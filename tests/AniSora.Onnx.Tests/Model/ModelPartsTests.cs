using AniSora.Models.Checkpoints;
using AniSora.Torch.Recording;
using AniSora.Training.Export;

namespace AniSora.Training.Tests.Export;

/// <summary>The parts of the shipped model as graphs, at sizes at which they were not recorded.</summary>
public class ModelPartsTests
{
    [Theory]
    [InlineData("transformer")]
    [InlineData("caption_encoder")]
    [InlineData("vae_encoder")]
    [InlineData("vae_encoder_next")]
    [InlineData("vae_decoder")]
    [InlineData("vae_decoder_next")]
    public void A_recorded_part_computes_what_the_model_does(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (model, _) = ModelFolder.Load(Fixtures.DemoModel);
        var part = name switch
        {
            "transformer" => ModelParts.Transformer(model),
            "caption_encoder" => ModelParts.CaptionEncoder(model.Captions),
            "vae_encoder" => ModelParts.VaeEncoder(model.Latents),
            "vae_encoder_next" => ModelParts.VaeEncoderNext(model.Latents, ModelParts.VaeEncoder(model.Latents).Record()),
            "vae_decoder" => ModelParts.VaeDecoder(model.Latents),
            _ => ModelParts.VaeDecoderNext(model.Latents, ModelParts.VaeDecoder(model.Latents).Record()),
        };
        using var graph = part.Record();
        foreach (var sizes in (Dictionary<string, long>[])[part.Sizes(1, 5, 8, 8, 1), part.Sizes(3, 1, 5, 6, 1)])
        {
            var inputs = part.Inputs.Select(i => i.At(sizes)).ToArray();
            foreach (var (expected, got) in part.Forward(inputs).Zip(graph.Run(inputs)))
            {
                Assert.Equal(expected.Value.shape, got.shape);
                Assert.InRange((expected.Value - got).abs().max().item<float>() / expected.Value.abs().max().item<float>(), 0, 1e-4);
            }
        }
    }
}
