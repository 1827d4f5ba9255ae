using System.Security.Cryptography;
using System.Text.Json;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Onnx.Export;

namespace AniSora.Onnx.Engine;

/// <summary>What a folder of ONNX files says of itself (<c>onnx_index.json</c>, written last).</summary>
/// <remarks>
/// The folder holds
/// <code>
/// onnx_index.json
/// caption_encoder.onnx     tokens int64 [batch, words] → text float [batch, words, E]
/// transformer.onnx         latent float [batch, C, T', h, w], guide float [batch, 4 + C, T', h, w], text float [batch, words, E],
///                          timestep int64 [batch] → velocity float [batch, C, T', h, w]
/// vae_encoder.onnx         video float [batch, 3, T, 8h, 8w] → latent float [batch, C, T', h, w], log_variance likewise, and caches
/// vae_encoder_next.onnx    the same for the chunks that follow: caches in, caches out
/// vae_decoder.onnx         latent → video in [-1, 1], and caches
/// vae_decoder_next.onnx    the same for the chunks that follow
/// </code>
/// Latents are those the transformer reads: normalised by the model's statistics. A cache is named <c>cache.</c> and its convolution;
/// what comes out under <c>next.</c> and the same name goes into the next chunk.
/// </remarks>
public sealed record OnnxModelIndex
{
    /// <summary>The index's file.</summary>
    public const string FileName = "onnx_index.json";

    /// <summary>Version of the folder's layout.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Name that a cache has as an input: this, then the convolution's.</summary>
    public const string CachePrefix = Export.Models.ModelParts.CachePrefix;

    /// <summary>Name that a cache has as an output: this, then the convolution's.</summary>
    public const string NextCachePrefix = Export.Models.ModelParts.NextCachePrefix;

    /// <summary>Version of the layout that this folder was written with.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The model: sizes, frame rate, noise schedule, latent statistics.</summary>
    public ModelIndex Model { get; init; } = new();

    /// <summary>The caption encoder's vocabulary and sizes; null where a VAE was exported alone.</summary>
    public CaptionConfig? Captions { get; init; }

    /// <summary>How weights are stored.</summary>
    public OnnxWeightFormat Weights { get; init; }

    /// <summary>ᾱ of every timestep, for clients that do not know the schedule's formula.</summary>
    public double[] AlphasCumprod { get; init; } = [];

    /// <summary>Channels of a latent.</summary>
    public int LatentChannels { get; init; }

    /// <summary>Whether the VAE's result depends on the chunks, so that it must be run in those of the reference.</summary>
    public bool ChunkedVae { get; init; }

    /// <summary>Each file with its checksum and measured error.</summary>
    public OnnxPart[] Parts { get; init; } = [];

    /// <summary>PSNR in dB of a generated video against libtorch's, in the generated pixels; null where a VAE was exported alone.</summary>
    public double? VideoPsnr { get; init; }

    /// <summary>Identifies the model: SHA-256 of this index, which has the files' own, hexadecimal.</summary>
    public string Checksum() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, ConfigFile.Json)));

    /// <summary>Reads a folder's index.</summary>
    /// <param name="folder">A folder that <c>anisora export onnx</c> wrote.</param>
    /// <exception cref="InputException">It is none, or of another version, or a file that it lists is missing.</exception>
    public static OnnxModelIndex Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new InputException($"{folder}: no exported model ({FileName} is missing); write one with 'anisora export onnx CHECKPOINT {folder}'");
        var index = ConfigFile.Load<OnnxModelIndex>(path);
        if (index.Version != CurrentVersion)
            throw new InputException($"{path}: version {index.Version} of the layout; this program reads version {CurrentVersion}: export the model again");
        foreach (string file in index.Parts.SelectMany(p => p.Files))
            if (!File.Exists(Path.Combine(folder, file)))
                throw new InputException($"{Path.Combine(folder, file)}: missing; {path} lists it: copy the whole folder, or export the model again");
        return index;
    }
}

/// <summary>One graph of an exported model.</summary>
/// <param name="Name">Its name, also the file's: <c>vae_decoder</c> is in <c>vae_decoder.onnx</c>.</param>
/// <param name="Files">The ONNX file and, if they are apart, its weights.</param>
/// <param name="Sha256">Digest of the files, one after the other.</param>
/// <param name="RelativeError">Largest difference from libtorch, over the largest value, at three sizes of the inputs: the model's own and two others.</param>
public sealed record OnnxPart(string Name, string[] Files, string Sha256, double RelativeError)
{
    /// <summary>The digest of a part's files as they lie in a folder: weights that stand in a file of their own count too.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="files">Names of the files, in order.</param>
    public static string DigestOf(string folder, IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (string file in files)
        {
            using var stream = File.OpenRead(Path.Combine(folder, file));
            for (int read; (read = stream.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
