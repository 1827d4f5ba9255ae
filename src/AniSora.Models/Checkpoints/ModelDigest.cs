using System.Security.Cryptography;
using System.Text;
using AniSora.Models.Runtime;

namespace AniSora.Models.Checkpoints;

/// <summary>Identifies a model by its configuration and every bit of its weights, wherever they are stored.</summary>
public static class ModelDigest
{
    /// <summary>A VAE's digest.</summary>
    public static string Of(CausalVae vae) => Of(vae, vae.Config.ToJson());

    /// <summary>A caption encoder's digest.</summary>
    public static string Of(CaptionEncoder captions) => Of(captions, captions.Config.ToJson());

    /// <summary>A transformer's digest.</summary>
    public static string Of(MaskedDiT dit) => Of(dit, dit.Config.ToJson());

    private static string Of(nn.Module module, string config)
    {
        using var noGrad = no_grad();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(config));
        foreach (var (name, parameter) in module.named_parameters().OrderBy(p => p.name, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(parameter.to(float32).ToArray<float>()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
