using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Training.Train;

namespace AniSora.Training.Precompute;

/// <summary>Computes what training would compute again in every epoch: the clips' latents and, for a caption encoder that is not trained, the captions' embeddings.</summary>
public static class Precomputation
{
    /// <summary>Tensors in a shard: what a killed worker computes again at most.</summary>
    private const int ShardTensors = 64;

    /// <summary>The cache of a VAE's latents.</summary>
    public static TensorCache Latents(string dataset, CausalVae vae) => TensorCache.Open(dataset, "latents", ModelDigest.Of(vae));

    /// <summary>The cache of a caption encoder's embeddings.</summary>
    public static TensorCache Text(string dataset, CaptionEncoder captions) => TensorCache.Open(dataset, "text", ModelDigest.Of(captions));

    /// <summary>What a clip must still be for its latent to hold: its frames and what they are put over.</summary>
    public static (string Key, string Checksum) KeyOf(ClipRow clip) => (clip.ClipId, $"{clip.Checksum} {clip.Background}");

    /// <summary>Encodes the clips that are not in the cache yet.</summary>
    /// <param name="index">The clips.</param>
    /// <param name="where">Which of them, as SQL.</param>
    /// <param name="vae">The VAE.</param>
    /// <param name="share">This worker's part.</param>
    /// <param name="batchSize">Clips encoded at once.</param>
    /// <param name="dtype">float32 or float16.</param>
    /// <param name="progress">Hears how many of how many are done.</param>
    /// <param name="cancellation">Stops it; shards so far stay.</param>
    /// <returns>How many were encoded.</returns>
    /// <exception cref="InputException">A shard is damaged, or the cache cannot be written.</exception>
    public static int EncodeClips(
        ClipIndex index, string where, CausalVae vae, WorkShare share, int batchSize, ScalarType dtype, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        using var cache = Latents(index.Folder, vae);
        using var store = new FrameStore(index.Folder);
        var missing = index.Require(where).Where(c => Mine(c.ClipId, share) && !cache.Has(KeyOf(c).Key, KeyOf(c).Checksum)).ToList();
        using var noGrad = no_grad();
        vae.eval();
        int done = 0;
        foreach (var part in missing.Chunk(ShardTensors))
        {
            using var scope = NewDisposeScope();
            var entries = new List<(string, string, Tensor)>();
            foreach (var batch in part.GroupBy(c => (c.Frames, c.Height, c.Width)).SelectMany(size => size.Chunk(batchSize)))
            {
                cancellation.ThrowIfCancellationRequested();
                var (t, h, w) = (batch[0].Frames, batch[0].Height, batch[0].Width);
                byte[] rgb = [.. batch.SelectMany(c => store.ReadComposited(c).Rgb)];
                var mean = vae.Encode(Frames.ToVideo(rgb, (batch.Length, t, h, w), vae.Device)).Mean;
                entries.AddRange(batch.Select((clip, i) => (KeyOf(clip).Key, KeyOf(clip).Checksum, mean[i].clone())));
                progress?.Invoke(done += batch.Length, missing.Count);
            }
            cache.Write(entries, dtype);
        }
        return missing.Count;
    }

    /// <summary>Embeds the captions, and their variants, that are not in the cache yet.</summary>
    /// <param name="index">The clips.</param>
    /// <param name="where">Which of them, as SQL.</param>
    /// <param name="captions">The caption encoder.</param>
    /// <param name="suffix">Also with the clips' scores behind them.</param>
    /// <param name="share">This worker's part.</param>
    /// <param name="dtype">float32 or float16.</param>
    /// <param name="cancellation">Stops it; shards so far stay.</param>
    /// <returns>How many were embedded.</returns>
    /// <exception cref="InputException">The encoder does not know a word, or the cache cannot be written.</exception>
    public static int EmbedCaptions(
        ClipIndex index, string where, CaptionEncoder captions, bool suffix, WorkShare share, ScalarType dtype, CancellationToken cancellation = default)
    {
        using var cache = Text(index.Folder, captions);
        using var noGrad = no_grad();
        captions.eval();
        var missing = index.Require(where).SelectMany(clip => ClipCaptions.All(clip, suffix)).Distinct().Where(c => Mine(c, share) && !cache.Has(c, "")).ToList();
        foreach (string[] part in missing.Chunk(ShardTensors))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var embedded = captions.Encode(part);
            cache.Write([.. part.Select((caption, i) => (caption, "", embedded[i].clone()))], dtype);
        }
        return missing.Count;
    }

    private static bool Mine(string key, WorkShare share) => share.Has((int)(StableHash.Of(key) % int.MaxValue));
}
